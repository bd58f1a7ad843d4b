import { expect, it } from 'vitest';
import { cost, fileOf, type LongLine, longLines, victims } from '../fuzz/long-line.js';
import { Random } from '../fuzz/random.js';

/**
 * The longest line that a reader gets costs no more per character than a shorter one: made from lines of every sample, in which one
 * part comes again and again.
 */

const [SHORT, LONG] = [1000, 8000];
/** Times as much per character; what is quadratic takes 8, less what is no pattern's. */
const MOST = 3;
/** Microseconds below which nothing is measured: eight thousand characters quadratically take several times as much. */
const WORTH = 20_000;
const LINES_OF_EACH = 30;

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

/** How many times as much a character costs in a long line, in files of one size; the least of several tries. */
async function growth(line: LongLine): Promise<number> {
  const [long, short] = [fileOf(line, LONG, 1), fileOf(line, SHORT, LONG / SHORT)];
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 4 && least > MOST; tries++) {
    const times: [number, number][] = [];
    for (let i = 0; i < 5; i++) times.push([await cost(long), await cost(short)]);
    const took = median(times.map(([time]) => time));
    least = Math.min(least, took < WORTH ? 0 : took / median(times.map(([, time]) => time)));
  }
  return least;
}

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
    if ((await cost(fileOf(line, LONG, 1))) < WORTH) continue;
    const times = await growth(line);
    if (times > MOST) slow.push(`${line.parser}: ${times.toFixed(1)} times: ${line.head}(${line.pump})…${line.tail}`);
  }
  expect(slow).toEqual([]);
}, 300_000);
