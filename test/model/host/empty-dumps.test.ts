import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/model/host/host.js';
import { resolveNeighbour } from '../../../src/model/host/neighbour.js';
import { hostsOf } from '../../host-folder.js';

const LINK = `4: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default
    link/ether 0e:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vxlan id 1 local 10.0.0.5 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 addrgenmode none
`;
const PROMPT = '[root@node-1 ~]# ';

/** A terminal's transcript: the commands, with what they printed. */
async function transcript(...typed: readonly (readonly [string, string?])[]): Promise<Host> {
  const lines = [['ip -d link', LINK] as const, ...typed].map(
    ([command, output = '']) => `${PROMPT}${command}\n${output}`,
  );
  return (await hostsOf({ 'node.txt': lines.join('') })).get('node-1')!;
}
const shown = (host: Host) => [host.neighbours.shown, host.fdb.shown];

describe('a command that printed nothing', () => {
  it('shows that there is nothing, when something follows', async () => {
    const host = await transcript(['ip neigh'], ['bridge fdb show dev flannel.1'], ['']);
    expect(host.neighbours).toMatchObject({ shown: 'whole', value: [] });
    expect(host.fdb.wholeFor).toEqual(new Set(['flannel.1']));
    expect(resolveNeighbour(host, 'flannel.1', '10.244.2.0')).toMatchObject({
      kind: 'failed',
      searched: [expect.any(Number), expect.any(Number)],
    });
  });

  it('shows nothing when the text ends there', async () => {
    expect(shown(await transcript(['ip neigh']))).toEqual(['none', 'none']);
  });

  it('shows nothing when it failed, or its output went elsewhere', async () => {
    expect(shown(await transcript(['ip neigh', 'bash: ip: command not found\n'], ['']))).toEqual(['none', 'none']);
    for (const command of ['ip neigh > neigh.txt', 'ip neigh | less', 'ip neigh 2>/dev/null', 'ip neigh; true'])
      expect(shown(await transcript([command], [''])), command).toEqual(['none', 'none']);
  });

  it('shows nothing when it does something else, or asks for a part', async () => {
    for (const command of ['ip neigh flush all', 'ip neigh show nud failed', 'ip neigh del 10.0.0.1 dev eth0'])
      expect(shown(await transcript([command], [''])), command).toEqual(['none', 'none']);
  });

  it('does not hide the entries of another dump', async () => {
    const host = await transcript(
      ['ip neigh show dev cni0'],
      ['ip neigh', '10.0.0.8 dev eth0 lladdr 02:00:00:00:00:08 STALE\n'],
      [''],
    );
    expect(host.neighbours.value).toHaveLength(1);
  });

  it('says nothing of the rules: a kernel always has some', async () => {
    expect((await transcript(['ip rule'], [''])).rules[4].shown).toBe('none');
  });
});
