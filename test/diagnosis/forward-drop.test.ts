import { describe, expect, it } from 'vitest';
import { forwardDrop } from '../../src/diagnosis/causes/forward-drop.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const node = (policy: string, ...rules: string[]): string =>
  at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24'])) +
  at('n1', 'ip route', '172.31.9.0/24 dev eth0\n10.44.1.0/24 dev cni0\n10.44.2.0/24 via 172.31.9.2 dev eth0') +
  at(
    'n1',
    'iptables-save',
    ['*filter', ':INPUT ACCEPT [0:0]', `:FORWARD ${policy} [0:0]`, ':OUTPUT ACCEPT [0:0]', ...rules, 'COMMIT'].join(
      '\n',
    ),
  );
const told = (policy: string, ...rules: string[]) =>
  heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n1.txt': node(policy, ...rules) }, forwardDrop);

describe('forward-drop', () => {
  it('is proven by the policy of FORWARD and packets that do not come through', async () => {
    const sample = await heardSample('101-forward-drop-a', forwardDrop);
    expect(sample.drafts).toHaveLength(1);
    expect(sample.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(sample.drafts[0]?.subjects.slice(0, 2)).toEqual(['edge-2', 'FORWARD']);
    expect(sample.drafts[0]?.remedy[0]?.command).toBe('iptables -P FORWARD ACCEPT    # on edge-2');
    expect(explained(sample)).toEqual(['unreplied-syn']);
  });

  it('is likely by the node\u2019s own ICMP error, where its rules are missing', async () => {
    const { drafts } = await heardSample('101-forward-drop-b', forwardDrop);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy[0]?.command).toBe(
      'iptables -D FORWARD -j REJECT --reject-with icmp-host-prohibited    # on prod-node-b',
    );
  });

  it('takes away the rule that drops, where it is a rule', async () => {
    const { drafts } = await told('ACCEPT', '-A FORWARD -j REJECT --reject-with icmp-host-prohibited');
    expect(drafts[0]?.remedy[0]?.command).toBe(
      'iptables -D FORWARD -j REJECT --reject-with icmp-host-prohibited    # on n1',
    );
    expect(drafts[0]?.remedy[0]?.rollback).toBe(
      'iptables -I FORWARD 1 -j REJECT --reject-with icmp-host-prohibited    # on n1, where it was',
    );
  });

  it('puts a rule back where it was', async () => {
    const { drafts } = await told(
      'ACCEPT',
      '-A FORWARD -p tcp -m tcp --dport 25 -j DROP',
      '-A FORWARD -s 192.0.2.0/24 -j ACCEPT',
      '-A FORWARD -d 10.44.0.0/16 -j DROP',
      '-A FORWARD -j ACCEPT',
    );
    expect(drafts[0]?.remedy[0]?.rollback).toBe(
      'iptables -I FORWARD 3 -d 10.44.0.0/16 -j DROP    # on n1, where it was',
    );
  });

  it('takes away a rule as often as it stands there, and puts all of them back', async () => {
    const drop = '-A FORWARD -d 10.44.0.0/16 -j DROP';
    const { drafts } = await told('ACCEPT', drop, '-A FORWARD -s 192.0.2.0/24 -j ACCEPT', drop);
    const { command, why, rollback } = drafts[0]!.remedy[0]!;
    const taken = 'iptables -D FORWARD -d 10.44.0.0/16 -j DROP';
    expect(command).toBe(`${taken} && ${taken}    # on n1`);
    expect(why).toContain('it stands there 2 times');
    const back = (place: number): string => `iptables -I FORWARD ${place} -d 10.44.0.0/16 -j DROP`;
    expect(rollback).toBe(`${back(1)} && ${back(3)}    # on n1, where it was`);
  });

  it('takes away with it the rules and the policy that would drop the same packets behind it', async () => {
    const { drafts } = await told(
      'DROP',
      '-A FORWARD -d 10.44.2.0/24 -i cni0 -j DROP',
      '-A FORWARD -p udp -j DROP',
      '-A FORWARD -d 10.44.0.0/16 -j REJECT --reject-with icmp-port-unreachable',
    );
    const first = drafts.find(({ title }) => title.includes('-d 10.44.2.0/24'));
    expect(first?.remedy).toHaveLength(1);
    const { command, why, verify, rollback } = first!.remedy[0]!;
    expect(command).toBe(
      'iptables -D FORWARD -d 10.44.2.0/24 -i cni0 -j DROP && iptables -D FORWARD -d 10.44.0.0/16 -j REJECT --reject-with icmp-port-unreachable && iptables -P FORWARD ACCEPT    # on n1',
    );
    expect(why).toContain(
      'without it the rule -A FORWARD -d 10.44.0.0/16 -j REJECT --reject-with icmp-port-unreachable, then the policy of FORWARD would drop them',
    );
    expect(verify).toBe('iptables -nvL FORWARD    # on n1; then try the connection again');
    expect(rollback).toBe(
      'iptables -P FORWARD DROP && iptables -I FORWARD 1 -d 10.44.2.0/24 -i cni0 -j DROP && iptables -I FORWARD 3 -d 10.44.0.0/16 -j REJECT --reject-with icmp-port-unreachable    # on n1, where they were',
    );
  });

  it('leaves what a policy engine writes, and says how to see it', async () => {
    const { drafts } = await told(
      'ACCEPT',
      ':cali-fw-cali1 - [0:0]',
      '-A FORWARD -d 10.44.0.0/16 -j DROP',
      '-A FORWARD -j cali-fw-cali1',
      '-A cali-fw-cali1 -j DROP',
    );
    const { command, why } = drafts[0]!.remedy[0]!;
    expect(command).toBe('iptables -D FORWARD -d 10.44.0.0/16 -j DROP    # on n1');
    expect(why).toContain('then the rule -A cali-fw-cali1 -j DROP still drops them');
    expect(why).toContain('iptables -nvL cali-fw-cali1 shows it');
  });

  it('takes no rule away twice: one that has a finding of its own is named', async () => {
    const third = { name: 'n3', ip: '172.31.9.3', podCidr: '10.44.3.0/24' };
    const n1 = node('ACCEPT', '-A FORWARD -d 10.44.2.0/24 -j DROP', '-A FORWARD -s 10.44.0.0/16 -j DROP');
    const { drafts } = await heard(
      {
        'nodes.yaml': nodesYaml(
          { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
          { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
          third,
        ),
        'pods.txt': podsTable(
          ['default/a', 'Running', '10.44.1.5', 'n1'],
          ['default/b', 'Running', '10.44.2.6', 'n2'],
          ['default/c', 'Running', '10.44.3.7', 'n3'],
        ),
        'n1.txt': n1.replace(
          '10.44.1.0/24 dev cni0\n',
          '10.44.1.0/24 dev cni0\n10.44.3.0/24 via 172.31.9.3 dev eth0\n',
        ),
      },
      forwardDrop,
    );
    expect(drafts.map(({ remedy }) => remedy[0]!.command)).toEqual([
      'iptables -D FORWARD -d 10.44.2.0/24 -j DROP    # on n1',
      'iptables -D FORWARD -s 10.44.0.0/16 -j DROP    # on n1',
    ]);
    expect(drafts[0]!.remedy[0]!.why).toContain(
      'then the rule -A FORWARD -s 10.44.0.0/16 -j DROP still drops them, until the remedy of its own finding is done',
    );
  });

  it('takes away no rule behind it that drops other packets', async () => {
    const { drafts } = await told(
      'ACCEPT',
      '-A FORWARD -d 10.44.0.0/16 -j DROP',
      '-A FORWARD -d 198.51.100.0/24 -j DROP',
      '-A FORWARD -p tcp -m tcp --dport 25 -j DROP',
    );
    expect(drafts[0]!.remedy[0]!.command).toBe('iptables -D FORWARD -d 10.44.0.0/16 -j DROP    # on n1');
  });

  it('says that it does not know the place of a rule that is not in the bundle', async () => {
    const { drafts } = await heardSample('101-forward-drop-b', forwardDrop);
    expect(drafts[0]?.remedy[0]?.rollback).toContain('the bundle does not show which NUMBER it had');
  });

  it('is quiet when the pod network is accepted in front, for other traffic, and without rules', async () => {
    const accepts = ['-A FORWARD -s 10.44.0.0/16 -j ACCEPT', '-A FORWARD -d 10.44.0.0/16 -j ACCEPT'];
    expect(outcome(await told('DROP', ...accepts))).toBe('quiet');
    expect(outcome(await told('ACCEPT', '-A FORWARD -p tcp -m tcp --dport 25 -j DROP'))).toBe('quiet');
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'pods.txt': PODS }, forwardDrop))).toBe('quiet');
  });

  it('does not accuse a rule whose match is not understood', async () => {
    const { drafts } = await told('ACCEPT', '-A FORWARD -m madeup --thing 7 -j DROP');
    expect(drafts).toEqual([]);
  });

  it.each(['010', '011', '012', '114-network-policy-drop-a'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, forwardDrop))).toBe('quiet');
  });

  it('does not blame the rule that drops INVALID: it meets answers that go astray', async () => {
    const host = (n: number, hop: (peer: number) => number): Record<string, string> => ({
      [`k${n}/ip_addr.txt`]: at(`k${n}`, 'ip addr', ipAddr(['eth0', `10.7.7.1${n}/24`], ['cni0', `10.244.${n}.1/24`])),
      [`k${n}/ip_route.txt`]: at(
        `k${n}`,
        'ip route',
        [1, 2, 3]
          .map((p) => `10.244.${p}.0/24 ${p === n ? 'dev cni0' : `via 10.7.7.1${hop(p)} dev eth0`}`)
          .join('\n')
          .concat('\n10.7.7.0/24 dev eth0'),
      ),
      [`k${n}/iptables-save.txt`]: at(
        `k${n}`,
        'iptables-save',
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A FORWARD -j KUBE-FORWARD\n-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT',
      ),
    });
    // The second sends what is for pods of the first by the third.
    const files = { ...host(1, (p) => p), ...host(2, (p) => (p === 1 ? 3 : p)), ...host(3, (p) => p) };
    expect(outcome(await heard(files, forwardDrop))).toBe('quiet');
    const policy = {
      ...files,
      'k3/iptables-save.txt': files['k3/iptables-save.txt']!.replace('FORWARD ACCEPT', 'FORWARD DROP'),
    };
    expect(outcome(await heard(policy, forwardDrop))).toBe('found');
  });
});
