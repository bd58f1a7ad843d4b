import { expect, it } from 'vitest';
import { grows, type LongLine, longLines, victims } from '../fuzz/long-line.js';
import { Random } from '../fuzz/random.js';

/**
 * The longest line that a reader gets costs no more per character than a shorter one: made from lines of every sample, in which one
 * part comes again and again.
 */

const LINES_OF_EACH = 30;

/** What once grew: the formats' own tests say what is read of such lines. */
const FOUND: readonly LongLine[] = [
  ['ifconfig', 'ifconfig -a', 'cni0      Link encap:Ethernet  HWaddr 0A:58:0A:F4:01', ' ', ':01'],
  ['curl', 'curl -v http://10.0.0.1/', '  0     0    0', '1', ''],
  ['conntrack', 'conntrack -L', 'tcp      6 60 SYN_RECV src=192.168.1.11 ', 'a', ''],
  ['conntrack', 'conntrack -L', 'tcp      6 60 SYN_RECV src=192.168.1.11 ', '[', ''],
  ['conntrack-stats', 'conntrack -S', 'cpu=0 found=3 drop=3', '1', ''],
  ['netstat-s', 'netstat -s', '    1 active connection openings', ' ', ''],
  ['tcpdump-text', 'tcpdump -r a -nnv', '10:00:00.000000 IP (tos 0x0, ttl 64, id 1, ', 'flags [', ''],
  ['process-args', 'ps aux', 'root 2231 0.1 0.3 712204 11880', '_', ''],
].map(([parser, command, head, pump, tail]) => ({
  parser: parser!,
  before: [`root@n1:~# ${command}`],
  head: head!,
  pump: pump!,
  tail: `${tail}\u00a4`,
}));

it('costs the same per character at any length', async () => {
  const random = new Random(1);
  const all = victims();
  const lines = [...FOUND];
  for (const parser of new Set(all.map((victim) => victim.parser))) {
    const own = all.filter((victim) => victim.parser === parser);
    for (let i = 0; i < LINES_OF_EACH; i++) {
      const made = [...longLines(random.pick(own))];
      if (made.length > 0) lines.push(random.pick(made));
    }
  }
  const slow: string[] = [];
  for (const line of lines) {
    const found = await grows(line);
    if (found !== undefined) slow.push(found);
  }
  expect(slow).toEqual([]);
}, 300_000);
