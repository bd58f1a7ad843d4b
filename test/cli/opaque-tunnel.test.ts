import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';
import { envelopes, FILTER, opaqueTunnel, run } from './opaque-tunnel.js';

const DROP = {
  geneve: '[8:880] -A INPUT -p udp -m udp --dport 6081 -j DROP\n',
  gre: '[8:672] -A INPUT -p gre -j DROP\n',
  ipip: '[8:640] -A INPUT -p ipencap -j DROP\n',
} as const;

describe('a firewall before a tunnel that no table of the kernel shows', () => {
  it.each(['geneve', 'gre', 'ipip'] as const)(
    'is proven by the rule and the envelopes that meet it: %s',
    (envelope) => {
      const report = reportByCommand(opaqueTunnel({ envelope, rules: DROP[envelope] }));
      expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'overlay-port-blocked', confidence: 'proven' });
      const [cause] = report.findings.filter(({ kind }) => kind === 'cause');
      expect(cause?.subjects).toEqual(expect.arrayContaining(['ant2', 'INPUT', '10.9.8.22', '10.9.8.21']));
      const quotes = cause?.evidence.flatMap((one) => ('quote' in one ? [one.quote] : [])) ?? [];
      expect(quotes.join('\n')).toContain(DROP[envelope].trim());
      expect(quotes.some((quote) => quote.includes('10.9.8.21') && quote.includes('10.119.1.13.8080'))).toBe(true);
      expect(cause?.remedy?.[0]?.command).toMatch(/^iptables -I INPUT 1 -s 10\.9\.8\.0\/24 -p /);
    },
  );

  it('is the only one accused where the node’s error, as text, tells no port', () => {
    const rules = '[8:880] -A INPUT -p udp -j REJECT --reject-with icmp-host-prohibited\n';
    const error = (s: number): string =>
      `04:13:5${s}.182500 IP 10.9.8.22 > 10.9.8.21: ICMP host 10.9.8.22 unreachable - admin prohibited, length 118`;
    const lines = [envelopes({ envelope: 'geneve' }, ''), error(5), error(6), error(7)].join('\n');
    const sent = run('tcpdump -nn -i ens4 udp port 6081 or icmp', 'ens4', lines, 7);
    const report = reportByCommand(opaqueTunnel({ envelope: 'geneve', rules, sent }));
    expect(accused(report)).toEqual(['overlay-port-blocked']);
  });

  it('is likely where only the sender was looked at', () => {
    const report = reportByCommand(opaqueTunnel({ envelope: 'geneve', rules: DROP.geneve, capture: '' }));
    expect(report.verdict).toMatchObject({ cause: 'overlay-port-blocked', confidence: 'likely' });
  });

  it.each([
    ['a rule for another port', '[8:880] -A INPUT -p udp -m udp --dport 8472 -j DROP\n'],
    ['a rule for other senders', '[0:0] -A INPUT -s 10.9.9.0/24 -p udp -m udp --dport 6081 -j DROP\n'],
    [
      'an acceptance in front of it',
      '[8:880] -A INPUT -s 10.9.8.0/24 -p udp -m udp --dport 6081 -j ACCEPT\n[0:0] -A INPUT -p udp -m udp --dport 6081 -j DROP\n',
    ],
  ])('is not accused for %s', (_what, rules) => {
    expect(accused(reportByCommand(opaqueTunnel({ envelope: 'geneve', rules })))).toEqual([]);
  });

  it('is not accused where the packet comes out of the envelope', () => {
    const out = envelopes({ envelope: 'geneve' }, 'ens4  In  ').replaceAll(
      /^(\S+) ens4 .*vni 0x0: (IP .*)$/gm,
      (line, time: string, inner: string) => `${line}\n${time} antrea-gw0 In  ${inner}`,
    );
    const capture = run('tcpdump -nn -i any udp port 6081 or host 10.119.0.9', 'any', out, 8);
    expect(accused(reportByCommand(opaqueTunnel({ envelope: 'geneve', rules: DROP.geneve, capture })))).not.toContain(
      'overlay-port-blocked',
    );
  });
});

describe('a run of tcpdump on the receiver that ended with 0 packets', () => {
  it.each(['geneve', 'gre', 'ipip'] as const)('tells that they are lost between the nodes: %s', (envelope) => {
    const capture = run(`tcpdump -nn -i any ${FILTER[envelope]} or host 10.119.0.9`, 'any', '', 0);
    // A rule that would drop them did not have the occasion.
    const report = reportByCommand(opaqueTunnel({ envelope, rules: DROP[envelope], capture }));
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'underlay-drop', confidence: 'likely' });
    expect(report.verdict.summary).toContain('ended with 0 packets captured');
    expect(accused(report)).toEqual(['underlay-drop']);
    expect(report.notChecked.filter(({ first }) => first).map(({ collect }) => collect)).toEqual([
      expect.stringMatching(/^date; tcpdump -tttt -nni any '.* or arp'; date {4}# on ant1 and ant2 at the same time/),
    ]);
  });

  it.each([
    ['its filter hides envelopes', run('tcpdump -nn -i any host 10.119.0.9', 'any', '', 0)],
    ['its filter is for another port', run('tcpdump -nn -i any udp port 8472', 'any', '', 0)],
    ['it looked at another device', run('tcpdump -nn -i antrea-gw0', 'antrea-gw0', '', 0)],
    ['it looked at what goes out', run('tcpdump -nn -Q out -i any', 'any', '', 0)],
    ['the kernel dropped packets', run('tcpdump -nn -i any', 'any', '', 0, 12)],
    ['its filter is not understood', run('tcpdump -nn -i any vlan 12', 'any', '', 0)],
    ['nothing tells that it ended', run('tcpdump -nn -i any', 'any', '', undefined)],
    [
      'it ended before',
      run(
        'tcpdump -nn -i any',
        'any',
        '04:12:01.000001 ens4  In  ARP, Request who-has 10.9.8.22 tell 10.9.8.1, length 28',
        1,
      ),
    ],
  ])('tells nothing where %s', (_what, capture) => {
    expect(accused(reportByCommand(opaqueTunnel({ envelope: 'geneve', capture })))).toEqual([]);
  });
});

describe('what Open vSwitch hands to the host for the outside', () => {
  const syns = [1, 2, 4]
    .map(
      (s) =>
        `04:13:5${s}.222791 IP 10.119.0.9.50548 > 198.51.100.80.80: Flags [S], seq 2040030464, win 64860, options [mss 1410,sackOK,TS val 14773${s} ecr 0,nop,wscale 10], length 0`,
    )
    .join('\n');
  const sent = run('tcpdump -nn -i ens4 host 198.51.100.80', 'ens4', syns, 3);
  const told = (nat: string, name: (text: string) => string = (text) => text) => {
    const files = opaqueTunnel({ envelope: 'geneve', capture: '', sent, nat });
    return reportByCommand(Object.fromEntries(Object.entries(files).map(([file, text]) => [file, name(text)])));
  };

  it('is not translated where no rule of Antrea\u2019s does it', () => {
    const report = told(':ANTREA-POSTROUTING - [0:0]\n[3:180] -A POSTROUTING -j ANTREA-POSTROUTING\n');
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'missing-masquerade', confidence: 'proven' });
    expect(report.findings[0]?.remedy?.[0]?.why).toContain('noSNAT: false in config map antrea-config');
  });

  it.each([
    ['a rule translates it now', '[3:180] -A POSTROUTING -s 10.119.0.0/16 ! -o antrea-gw0 -j MASQUERADE\n'],
    [
      'a rule asks a set that is not shown',
      '[3:180] -A POSTROUTING -m set --match-set ANTREA-POD-IP src -j MASQUERADE\n',
    ],
  ])('accuses nobody where %s', (_what, nat) => {
    expect(accused(told(nat))).toEqual([]);
  });

  it('accuses nobody where OVN\u2019s own router translates', () => {
    const report = told('', (text) => text.replaceAll('antrea-gw0', 'ovn-k8s-mp0'));
    expect(accused(report)).toEqual([]);
    expect(report.notChecked.map(({ collect }) => collect).join()).toContain('ovs-ofctl dump-flows');
  });
});
