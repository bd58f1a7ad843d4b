import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nftJson } from '../../src/parse/netfilter/nft-json.js';
import { nftRuleset } from '../../src/parse/netfilter/nft-ruleset.js';
import type { Parser } from '../../src/parse/parser.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(nftJson);

/** Rule sets of a kernel, each as `nft list ruleset` and as `nft -j list ruleset` printed it. */
const PAIRS = 'test/parse/nft-pairs';
const pair = (name: string, as: 'json' | 'text'): string => readFileSync(`${PAIRS}/${name}-${as}.txt`, 'utf8');
const facts = (parser: Parser, text: string): string[] =>
  annotate(parser, text, { path: 'x' })
    .split('\n')
    .filter((line) => /^ +[>=?] /.test(line))
    .map((line) => line.replace(/ printed=.*$/, ''));
/** JSON of nft 1.0.6 has neither comments of sets nor lines to name. */
const comparable = (lines: readonly string[]): string[] =>
  lines
    .map((line) => line.replace(/ header=comment ".*" members/, ' header= members').replace(/note \d+/, 'note'))
    .sort();
const rules = (json: string): string[] => facts(nftJson, json).filter((line) => line.includes('nf_rule'));

const TABLE = '{"table": {"family": "ip", "name": "t"}}';
const CHAIN =
  '{"chain": {"family": "ip", "table": "t", "name": "c", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}';
const ruleOf = (...expr: string[]): string =>
  `{"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 1, "expr": [${expr.join(', ')}]}}`;
const listing = (...entries: string[]): string =>
  `{"nftables": [{"metainfo": {"version": "1.0.6"}}, ${[TABLE, CHAIN, ...entries].join(', ')}]}`;
const DROP = '{"drop": null}';

describe('the same facts as from the text', () => {
  const names = [...new Set(readdirSync(PAIRS).map((file) => file.replace(/-(json|text)\.txt$/, '')))];
  it.each(names)('%s', (name) => {
    const told = comparable(facts(nftJson, pair(name, 'json')));
    expect(told).toEqual(comparable(facts(nftRuleset, pair(name, 'text'))));
    expect(told.length).toBeGreaterThan(0);
  });

  it('pretty-printed', () => {
    const pretty = JSON.stringify(JSON.parse(pair('kube-proxy', 'json')), null, 2);
    expect(comparable(facts(nftJson, pretty))).toEqual(comparable(facts(nftJson, pair('kube-proxy', 'json'))));
  });

  it.each(names)('one object a line, as jq takes them out of the list: %s', (name) => {
    const json = pair(name, 'json');
    const { nftables } = JSON.parse(json.slice(json.indexOf('{'))) as { nftables: unknown[] };
    const lines = nftables.map((entry) => JSON.stringify(entry));
    expect(nftJson.starts(lines[0]!)).toBe(true);
    expect(nftJson.starts(lines.at(-1)!)).toBe(false);
    const without = (all: readonly string[]): string[] =>
      comparable(all.map((line) => line.replace(/note \d+/, 'note')));
    expect(without(facts(nftJson, lines.join('\n')))).toEqual(without(facts(nftJson, json)));
    // Cut within an object: the table that is cut is left out, nothing behind it is read.
    const cut = `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)!.slice(0, -2)}`;
    expect(facts(nftJson, cut).join('\n')).toContain('nft JSON ends early');
  });

  it('in an envelope, as objects and as a text', () => {
    const list = JSON.parse(pair('flannel', 'json')) as unknown;
    const plain = facts(nftJson, pair('flannel', 'json'));
    const envelopes = [
      { node: 'n1', result: { nft: list } },
      [{ command: 'nft -j list ruleset', stdout: `${JSON.stringify(list)}\n`, rc: 0 }],
    ];
    for (const envelope of envelopes) {
      const text = JSON.stringify(envelope);
      expect(nftJson.starts(text), text.slice(0, 80)).toBe(true);
      expect(facts(nftJson, text)).toEqual(plain);
    }
    const line = `  "stdout": ${JSON.stringify(JSON.stringify(list))},`;
    expect(nftJson.starts(line)).toBe(true);
    expect(facts(nftJson, line)).toEqual(plain);
  });
});

it('starts on its own lines only', () => {
  for (const line of ['{"nftables": [{"metainfo": {"version": "1.0.6"', '{"nftables":[{"metainfo":', '  "nftables": ['])
    expect(nftJson.starts(line), line).toBe(true);
  for (const line of [
    '{"apiVersion": "v1"',
    '{ "nftables": true }',
    'the list "nftables": [ is empty',
    '{"mode": "nftables"}',
    'table ip nat {',
  ])
    expect(nftJson.starts(line), line).toBe(false);
});

it('is the output of nft with -j among its options, and the text is that of nft without', () => {
  for (const command of [
    'nft -j list ruleset',
    'nft --json list table ip kube-proxy',
    'nft -nj list ruleset',
    'nft -a -j list ruleset',
  ])
    expect([command, nftJson.command!.test(command), nftRuleset.command!.test(command)]).toEqual([
      command,
      true,
      false,
    ]);
  for (const command of ['nft list ruleset', 'nft -a list table ip x-j', 'nft -n list ruleset'])
    expect([command, nftJson.command!.test(command), nftRuleset.command!.test(command)]).toEqual([
      command,
      false,
      true,
    ]);
});

it("quotes a rule's own object, though all are on one line", () => {
  const lines = annotate(nftJson, pair('host-drops-6443', 'json'), { path: 'x' }).split('\n');
  const drop = lines.find((line) => line.includes('family=4') && line.includes('target=DROP'))!;
  expect(drop).toContain(
    'printed={"rule": {"family": "inet", "table": "hostfirewall", "chain": "input", "handle": 4, "expr": [',
  );
});

describe('half a rule is never a wider one', () => {
  it('keeps a match that it has no words for as one that may hold', () => {
    const [rule] = rules(
      listing(ruleOf('{"match": {"op": "==", "left": {"nonsuch": {"key": "x"}}, "right": 1}}', DROP)),
    );
    expect(rule).toMatch(/spec=nft unread match "\{'match'.*nonsuch.*" drop target=DROP/);
  });

  it.each([
    ['an operator', '{"match": {"op": "~", "left": {"meta": {"key": "mark"}}, "right": 1}}'],
    ['one more key', '{"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 1, "unless": 2}}'],
    [
      'a part of a concatenation',
      '{"match": {"op": "==", "left": {"concat": [{"payload": {"protocol": "ip", "field": "saddr"}}, {"new": 1}]}, "right": "@s"}}',
    ],
    [
      'a value among several',
      '{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [22, {"new": 1}]}}}',
    ],
    ['a missing right side', '{"match": {"op": "==", "left": {"meta": {"key": "mark"}}}}'],
  ])('%s that is not known', (_, match) => {
    expect(rules(listing(ruleOf(match, DROP)))[0]).toMatch(/spec=nft unread match ".*" drop target=DROP/);
  });

  it('does not read grammar out of names and comments', () => {
    const match = '{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "a\\" accept comment \\"b"}}';
    expect(rules(listing(ruleOf(match, DROP)))[0]).toContain(
      `spec=nft iifname "a' accept comment 'b" drop target=DROP`,
    );
    expect(rules(listing(ruleOf('{"jump": {"target": "x drop"}}')))[0]).toContain('spec=nft unread statement');
  });

  it('leaves out the table that is cut, for what its policy drops may be accepted further on', () => {
    const whole = listing(
      ruleOf('{"accept": null}'),
      '{"table": {"family": "ip", "name": "u"}}',
      CHAIN.replace('"t"', '"u"'),
    );
    const cut = whole.slice(0, whole.lastIndexOf('"policy"'));
    const told = facts(nftJson, cut).join('\n');
    expect(told).toContain('table=ip t chain=c position=1 spec=nft accept');
    expect(told).not.toContain('ip u');
    expect(told).toContain('JSON ends early');
    expect(facts(nftJson, listing(ruleOf(DROP)).slice(0, -20)).join('\n')).not.toContain('nf_chain');
  });
});

it('leaves out dormant tables, whose chains see no packet', () => {
  const text = listing(ruleOf(DROP)).replace('"name": "t"}', '"name": "t", "flags": "dormant"}');
  expect(facts(nftJson, text)).toEqual(['     = note 1 dormant tables: their chains are on no hook']);
  const printed =
    'table ip t {\n\tflags dormant\n\tchain c {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n';
  expect(facts(nftRuleset, printed)).toEqual(['     = note 1 dormant tables: their chains are on no hook']);
});

it('calls a set dynamic that rules add to', () => {
  const set =
    '{"set": {"family": "ip", "name": "s", "table": "t", "type": "ipv4_addr", "flags": ["timeout"], "timeout": 60}}';
  const adds = ruleOf(
    '{"set": {"op": "update", "elem": {"payload": {"protocol": "ip", "field": "saddr"}}, "set": "@s"}}',
  );
  expect(facts(nftJson, listing(set, adds)).join('\n')).toContain('header=flags dynamic,timeout timeout 1m');
});
