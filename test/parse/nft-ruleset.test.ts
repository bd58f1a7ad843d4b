import { expect, it } from 'vitest';
import { nftRuleset } from '../../src/parse/netfilter/nft-ruleset.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(nftRuleset);

it('nft-ruleset starts on its own lines only', () => {
  for (const line of [
    'table ip nat {',
    'table inet firewalld { # handle 3',
    '# Warning: table ip nat is managed by iptables-nft, do not touch!',
  ])
    expect(nftRuleset.starts(line), line).toBe(true);
  for (const line of ['table ip nat', 'table main {', '*nat', 'table {', 'ip route show table all', 'chain forw {'])
    expect(nftRuleset.starts(line), line).toBe(false);
});

it('recognises the tables of iptables-nft without the warning', () => {
  const text = annotate(
    nftRuleset,
    'table ip filter {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\taccept\n\t}\n}\n',
    { path: 'x' },
  );
  expect(text).toContain('managed by iptables-nft');
  expect(text).not.toContain('> nf_rule');
});

it('keeps a table that was cut off', () => {
  const text = annotate(nftRuleset, 'table inet f {\n\tchain c {\n\t\tip saddr { 10.0.0.1,\n10.0.0.2 } drop\n', {
    path: 'x',
  });
  expect(text).toContain('spec=nft ip saddr { 10.0.0.1, 10.0.0.2 } drop');
});
