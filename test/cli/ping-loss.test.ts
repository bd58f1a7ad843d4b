import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at } from '../diagnosis/case-of.js';
import { reportByCommand } from '../report-by-command.js';
import { OBJECTS, WHOLE } from '../three-nodes.js';

/** What the command makes of pings that were answered in part, and of those of which only the summary was pasted. */

const totals = (address: string, sent: number, received: number): string =>
  `--- ${address} ping statistics ---\n${sent} packets transmitted, ${received} received, ${Math.round((1 - received / sent) * 100)}% packet loss, time ${sent * 1024}ms`;
const typed = (address: string, sent: number, received: number, options = ''): string =>
  at(
    'k1',
    `ping${options} -c ${sent} ${address}`,
    `PING ${address} (${address}) 56(84) bytes of data.\n\n${totals(address, sent, received)}`,
  );
const symptoms = ({ findings }: Report): readonly string[] =>
  findings.filter(({ kind }) => kind === 'symptom').map(({ code, severity }) => `${severity} ${code}`);

describe('a ping of a pod that lost 92 of 100', () => {
  const report = () => reportByCommand({ ...OBJECTS, 'k1/ping.txt': typed('10.244.2.5', 100, 8) });

  it('is a symptom, with its numbers and its line, and asks for a capture', () => {
    const { verdict, findings, notChecked } = report();
    expect(verdict, verdict.summary).toMatchObject({ state: 'suspected', cause: null });
    expect(verdict.summary).toContain('92 of 100 pings');
    const [symptom] = findings;
    expect(symptom).toMatchObject({ code: 'unreplied-icmp', severity: 'warning', count: 92 });
    expect(symptom?.evidence[0]).toMatchObject({ file: expect.stringMatching(/k1\/ping\.txt$/), line: 5 });
    expect(notChecked[0]).toMatchObject({ first: true, collect: expect.stringContaining("'host 10.244.2.5'") });
  });

  it('accuses nothing that would take every packet, though the node has such a rule', () => {
    const rules = at(
      'k2',
      'iptables-save',
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [9:756]\n:OUTPUT ACCEPT [0:0]\nCOMMIT',
    );
    const files = { ...WHOLE, 'k2/iptables_save.txt': rules };
    const lost = reportByCommand({ ...files, 'k1/ping.txt': typed('10.244.2.5', 100, 8) });
    const lossy = lost.findings.find(({ title }) => title.startsWith('92 of 100'));
    expect(lossy).toBeDefined();
    expect(lossy?.explainedBy).toBeUndefined();
    // The same ping without any answer is the rule's doing.
    const dead = reportByCommand({ ...files, 'k1/ping.txt': typed('10.244.2.5', 100, 0) });
    expect(dead.verdict.cause).toBe('forward-drop');
    expect(dead.findings.find(({ code }) => code === 'unreplied-icmp')?.explainedBy).toBe('forward-drop');
  });

  it('is what --about asks for', () => {
    const files = { ...OBJECTS, 'k1/ping.txt': typed('10.244.2.5', 100, 8) };
    expect(reportByCommand(files, '--about', 'k1 -> 10.244.2.5').about).toMatchObject({ outcome: 'failing' });
  });
});

describe('a ping is innocent', () => {
  it.each([
    ['with its first packet lost of five', [typed('10.244.2.5', 5, 4)]],
    ['without loss', [typed('10.244.2.5', 20, 20)]],
    ['with three lost of a hundred', [typed('10.244.2.5', 100, 97)]],
  ])('%s, and counts as answered', (_, pings) => {
    const { verdict, findings } = reportByCommand({ ...OBJECTS, 'k1/ping.txt': pings.join('') });
    expect(findings).toEqual([]);
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
  });

  it.each([
    ['that was repeated and answered whole', [typed('10.244.2.5', 20, 3), typed('10.244.2.5', 5, 5)]],
    ['with two lost of four', [typed('10.244.2.5', 4, 2)]],
    ['that floods', [typed('10.244.2.5', 1000, 400, ' -f')]],
  ])('%s', (_, pings) => {
    expect(symptoms(reportByCommand({ ...OBJECTS, 'k1/ping.txt': pings.join('') }))).toEqual([]);
  });

  it.each(['8.8.8.8', '172.30.9.9'])('to %s, which is no pod and no node, for information only', (address) => {
    expect(symptoms(reportByCommand({ ...OBJECTS, 'k1/ping.txt': typed(address, 20, 4) }))).toEqual([
      'info unreplied-icmp',
    ]);
  });
});

describe('the summary alone', () => {
  it('is read without the head, of BusyBox as well', () => {
    const text = `so I tried it again:\n${totals('10.244.2.5', 100, 8)}\n\n--- 10.244.3.5 ping statistics ---\n4 packets transmitted, 0 packets received, 100% packet loss\n`;
    const { findings } = reportByCommand({ ...OBJECTS, 'ticket.txt': text });
    expect(findings.map(({ title }) => title).join('\n')).toMatch(
      /pings from .* to 10\.244\.3\.5[\s\S]*92 of 100 pings/,
    );
  });

  it('of pings that were answered says no more than that', () => {
    const { verdict } = reportByCommand({ ...OBJECTS, 'ticket.txt': `${totals('10.244.2.5', 4, 4)}\n` });
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
  });
});
