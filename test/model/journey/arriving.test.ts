import { describe, expect, it } from 'vitest';
import { analyzed, serious } from '../../bundle-folder.js';
import { at, nodesYaml, podsTable } from '../../diagnosis/case-of.js';

/** Tickets that show only the receiver's node: what it does with a packet, if that gets there. */

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const TRY = at(
  'n1',
  'kubectl exec a -- curl -m 3 http://10.44.2.6:80/',
  'curl: (28) Connection timed out after 3001 milliseconds',
);
const ROUTES = `default via 172.31.9.254 dev eth0
10.44.1.0/24 via 172.31.9.1 dev eth0
10.44.2.0/24 dev cni0 proto kernel scope link src 10.44.2.1
172.31.9.0/24 dev eth0 proto kernel scope link src 172.31.9.2`;
const forward = (...rules: readonly string[]): string => ['-P FORWARD DROP', ...rules].join('\n');
const told = (n2: string) => analyzed({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n2.txt': n2, 'try.txt': TRY });
const node = (rules: string, routes = ROUTES): string =>
  at('n2', 'ip route', routes) + at('n2', 'iptables -S FORWARD', rules);

describe('a conversation of which only the receiver\u2019s node is shown', () => {
  it('ends at a rule of that node, likely', async () => {
    const { verdict } = await told(node(forward('-A FORWARD -i docker0 -j ACCEPT')));
    expect(verdict).toMatchObject({ state: 'diagnosed', cause: 'forward-drop', confidence: 'likely' });
    expect(verdict.subjects).toEqual(expect.arrayContaining(['n2', '10.44.2.6']));
  });

  it('ends at a rule that asks for addresses of the node itself, which a pod of another node has not', async () => {
    const { verdict } = await told(node(forward('-A FORWARD -m addrtype --src-type LOCAL -j ACCEPT')));
    expect(verdict.cause).toBe('forward-drop');
  });

  it('cannot be told behind a jump to a chain that is not shown: what accepts may stand there', async () => {
    const report = await told(node(forward('-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD')));
    expect(report.verdict).toMatchObject({ state: 'suspected', cause: null });
    const [asked] = report.notChecked;
    expect(asked).toMatchObject({ code: 'forward-drop', first: true });
    expect(asked?.missing[0]).toBe('the other rules of chain FLANNEL-FWD (filter) on n2');
    expect(asked?.collect).toMatch(/^iptables-save;.* # on n2$/);
    const elsewhere = forward('-A FORWARD -o docker0 -j DOCKER');
    expect((await told(node(elsewhere))).verdict.confidence).toBe('likely');
  });

  it('is possible behind jumps to chains that let no new connection in, which are not shown', async () => {
    const jumps = ['KUBE-FORWARD', 'DOCKER-ISOLATION-STAGE-1'].map((chain) => `-A FORWARD -j ${chain}`);
    expect((await told(node(forward(...jumps)))).verdict).toMatchObject({
      state: 'suspected',
      cause: 'forward-drop',
      confidence: 'possible',
    });
  });

  it.each([
    [
      'it lets the packet through',
      node(forward('-A FORWARD -d 10.44.0.0/16 -j ACCEPT', '-A FORWARD -s 10.44.0.0/16 -j ACCEPT')),
    ],
    ['its rule asks for a set that is not shown', node(forward('-A FORWARD -m set --match-set allowed src -j ACCEPT'))],
    [
      'its way back to the sender is not known',
      node(forward(), '10.44.2.0/24 dev cni0 proto kernel scope link src 10.44.2.1'),
    ],
    [
      'eBPF carries its packets',
      at('n2', 'ip route', ROUTES.replace('dev cni0', 'dev cilium_host')) + at('n2', 'iptables -S FORWARD', forward()),
    ],
  ])('accuses nobody where %s', async (_what, n2) => {
    const report = await told(n2);
    expect(serious(report).filter(({ code }) => code === 'forward-drop')).toEqual([]);
  });

  it.each([
    [0, 'ip-forward-disabled'],
    [1, null],
  ])(
    'is walked for the family of which the pods\u2019 table shows no address (forwarding = %s)',
    async (forwarding, cause) => {
      const cidrs = `NAME   CIDR                                    IP
n1     [10.44.1.0/24 fd00:44:1::/64]           172.31.9.1
n2     [10.44.2.0/24 fd00:44:2::/64]           172.31.9.2`;
      const report = await analyzed({
        'pods.txt': PODS,
        'nodes.txt': at(
          'n1',
          'kubectl get nodes -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDRs,IP:.status.addresses[0].address',
          cidrs,
        ),
        'n2.txt':
          at(
            'n2',
            'ip -6 route',
            'fd00:44:1::/64 via 2001:db8:9::1 dev eth0 metric 1024 pref medium\nfd00:44:2::/64 dev cni0 proto kernel metric 256 pref medium\n2001:db8:9::/64 dev eth0 proto kernel metric 256 pref medium',
          ) +
          at(
            'n2',
            'sysctl net.ipv6.conf.all.forwarding net.ipv6.conf.eth0.forwarding',
            `net.ipv6.conf.all.forwarding = ${forwarding}\nnet.ipv6.conf.eth0.forwarding = ${forwarding}`,
          ),
        'try.txt': at(
          'n1',
          'kubectl exec a -- curl -6 -m 3 http://[fd00:44:2::6]:80/',
          'curl: (28) Connection timed out after 3001 milliseconds',
        ),
      });
      expect(report.verdict.cause).toBe(cause);
      expect(report.verdict.state).toBe(cause === null ? 'suspected' : 'diagnosed');
    },
  );
});
