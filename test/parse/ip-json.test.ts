import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bridgeFdb } from '../../src/parse/network/bridge-fdb.js';
import { ipAddr } from '../../src/parse/network/ip-addr.js';
import { ipJson } from '../../src/parse/network/ip-json.js';
import { ipNeigh } from '../../src/parse/network/ip-neigh.js';
import { ipRoute } from '../../src/parse/network/ip-route.js';
import { ipRouteGet } from '../../src/parse/network/ip-route-get.js';
import { ipRule } from '../../src/parse/network/ip-rule.js';
import type { Parser } from '../../src/parse/parser.js';
import { annotate, goldenTests } from './harness.js';

/** The rows that a parser gives, whatever their order and the order of their columns. */
function rows(parser: Parser, sample: string): string[] {
  const text = readFileSync(`samples/formats/${sample}.txt`, 'utf8');
  const command = /^#! (.*)\n/.exec(text);
  return annotate(parser, text.slice(command?.[0].length ?? 0), { path: 'f', command: command?.[1] })
    .split('\n')
    .filter((line) => line.startsWith('       >'))
    .map((line) =>
      line
        .trim()
        .replace(/ (?=[a-z0-9_]+=)/g, '\n')
        .split('\n')
        .sort()
        .join(' '),
    )
    .sort();
}

describe('ip-json', () => {
  goldenTests(ipJson);

  const same: [string, string, Parser][] = [
    ['ip-route/main', 'ip-json/route', ipRoute],
    ['ip-route/detail', 'ip-json/route-pretty', ipRoute],
    ['ip-route/v6-all', 'ip-json/route-v6', ipRoute],
    ['ip-route/dev', 'ip-json/route-dev', ipRoute],
    ['ip-addr/addr', 'ip-json/addr', ipAddr],
    ['ip-addr/addr-detail', 'ip-json/addr-detail-pretty', ipAddr],
    ['ip-addr/v6', 'ip-json/addr-v6', ipAddr],
    ['ip-addr/brief-addr', 'ip-json/addr-brief', ipAddr],
    ['ip-addr/oneline-link-detail', 'ip-json/link-detail', ipAddr],
    ['ip-addr/link-stats-stats-detail', 'ip-json/link-stats-pretty', ipAddr],
    ['ip-rule/v4', 'ip-json/rule', ipRule],
    ['ip-rule/v6', 'ip-json/rule-v6-pretty', ipRule],
    ['ip-neigh/neigh', 'ip-json/neigh', ipNeigh],
    ['ip-neigh/stats', 'ip-json/neigh-stats-pretty', ipNeigh],
    ['bridge-fdb/all', 'ip-json/fdb', bridgeFdb],
    ['bridge-fdb/detail-stats', 'ip-json/fdb-pretty', bridgeFdb],
    ['bridge-fdb/dev', 'ip-json/fdb-dev', bridgeFdb],
    ['ip-route-get/via', 'ip-json/route-get', ipRouteGet],
  ];
  it.each(same)('%s and %s show one state', (words, json, parser) => {
    expect(rows(ipJson, json)).toEqual(rows(parser, words));
  });

  it('keeps what was read before a cut', () => {
    const out = annotate(
      ipJson,
      '[ {\n        "dst": "default",\n        "gateway": "10.0.0.1",\n        "dev": "eth0",\n',
      { path: 'f' },
    );
    expect(out).toContain('dst=0.0.0.0/0 via=10.0.0.1 dev=eth0');
    expect(out).toContain('note 4 JSON ends early');
  });

  it('ends with its last bracket', () => {
    expect(
      annotate(ipJson, '[{"dst":"default","gateway":"10.0.0.1","dev":"eth0","flags":[]}]\n\nhello\n', { path: 'f' }),
    ).toContain('| hello\n       ? not understood');
  });

  it('starts on iproute2 only', () => {
    for (const line of [
      '[ {',
      '[{"ifindex":1,"ifname":"lo"',
      '[{},{},{"ifindex":3,',
      '[{"dst":"default","gateway":"10.0.0.1"',
      '[{"mac":"33:33:00:00:00:01"',
    ])
      expect(ipJson.starts(line), line).toBe(true);
    for (const line of [
      '{',
      '[',
      '[]',
      '{"nftables":[{"metainfo"',
      '[{"type":"ADDED"',
      '[{"dst":"service","x":1',
      '[error] {',
    ])
      expect(ipJson.starts(line), line).toBe(false);
  });
});
