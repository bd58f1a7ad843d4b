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
