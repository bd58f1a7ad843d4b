import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import { ruleWords } from '../../src/core/rule-words.js';
import type { Sink } from '../../src/core/sink.js';
import { iptablesList } from '../../src/parse/netfilter/iptables-list.js';
import { iptablesSave } from '../../src/parse/netfilter/iptables-save.js';
import type { Parser } from '../../src/parse/parser.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(iptablesList);

interface Rule {
  readonly table: string;
  readonly chain: string;
  readonly position: number;
  readonly spec: string;
  readonly target?: string;
  readonly goto: boolean;
  readonly comment?: string;
}

function rulesOf(parser: Parser, file: string): Rule[] {
  const text = readFileSync(`samples/formats/${parser.id}/${file}`, 'utf8').split('\n');
  const command = text[0]!.startsWith('#! ') ? text.shift()!.slice(3) : undefined;
  const rules: Rule[] = [];
  const sink = {
    addresses: new AddressTable(),
    emit: (table: { name: string }, row: object) => table.name === 'nf_rule' && rules.push(row as Rule),
  } as unknown as Sink;
  const reader = parser.open(sink, { path: file, command });
  text.forEach((line, i) => {
    reader.line({ text: line, number: i + 1, offset: 0 });
  });
  reader.end?.();
  return rules;
}

/** What the listing does not print: the name of a hash table, NOTRACK's old target name. */
const unprinted = (spec: string): string[] =>
  ruleWords(spec.replace(/ --hashlimit-name \S+/, '').replace(/-j NOTRACK$/, '-j CT --notrack')).words;

describe('iptables -L', () => {
  const saved = new Map(
    ['legacy-rich.txt', 'nft-ipv6.txt'].map((file) => [file, rulesOf(iptablesSave, file)] as const),
  );
  const compared: readonly (readonly [string, string])[] = [
    ['filter-numeric.txt', 'legacy-rich.txt'],
    ['nat-numeric.txt', 'legacy-rich.txt'],
    ['mangle-numeric.txt', 'legacy-rich.txt'],
    ['raw-numeric.txt', 'legacy-rich.txt'],
    ['ipv6-nat.txt', 'nft-ipv6.txt'],
    ['ipv6-filter.txt', 'nft-ipv6.txt'],
  ];
  for (const [list, save] of compared)
    it(`${list} gives the rules of ${save}`, () => {
      const listed = rulesOf(iptablesList, list);
      const table = listed[0]!.table;
      const expected = saved.get(save)!.filter((rule) => rule.table === table);
      expect(listed.length).toBe(expected.length);
      let rebuilt = 0;
      for (const rule of listed) {
        const twin = expected.find((other) => other.chain === rule.chain && other.position === rule.position)!;
        expect([rule.target?.replace('CT', 'NOTRACK'), rule.goto, rule.comment], twin.spec).toEqual([
          twin.target?.replace('CT', 'NOTRACK'),
          twin.goto,
          twin.comment,
        ]);
        // The nf_tables back end prints nothing at all for eui64.
        if (rule.spec.includes('-m unread') || twin.spec.includes('eui64')) continue;
        rebuilt++;
        expect(unprinted(rule.spec)).toEqual(unprinted(twin.spec));
      }
      // Left over: time, bpf, IPv6 routing and fragment headers, and what prints nothing at all.
      expect(listed.length - rebuilt).toBeLessThanOrEqual(3);
    });

  it('says that a listing without -v hides the interfaces', () => {
    const text = annotate(
      iptablesList,
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination         \nACCEPT     all  --  anywhere             anywhere\n',
      { path: 'x' },
    );
    expect(text).toContain('spec=-m unread --text interfaces -j ACCEPT');
  });

  it('starts on its own lines only', () => {
    for (const line of [
      'Chain INPUT (policy ACCEPT)',
      'Chain KUBE-SEP-X (2 references)',
      'target     prot opt source               destination         ',
      '  96 12711 KUBE-POSTROUTING  0    --  *      *       0.0.0.0/0            0.0.0.0/0            /* x */',
    ])
      expect(iptablesList.starts(line), line).toBe(true);
    for (const line of [
      'Chain of events (policy)',
      'ACCEPT all the things -- that are anywhere anywhere',
      'default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.5 metric 100',
      'tcp      6 119 TIME_WAIT src=1.2.3.4 dst=1.2.3.4',
      '10.244.0.0/16 all -- 10.0.0.0/8 10.0.0.0/8',
      '',
    ])
      expect(iptablesList.starts(line), line).toBe(false);
  });
});
