import { describe, expect, it } from 'vitest';
import type { NfChain, NfRule } from '../../../src/model/netfilter/ruleset.js';
import { readyChain } from '../../../src/model/netfilter/run-chain.js';

const rule = (spec: string): NfRule => ({
  matches: [],
  target: { kind: 'accept' },
  at: {
    spec,
    family: 4,
    backend: 'nft',
    table: 'filter',
    chain: 'INPUT',
    position: 1,
    goto: false,
    source: 1,
    line: 1,
  },
});
const KEPT = 60_000;
const chainOf = (...last: string[]): NfChain => ({
  name: 'INPUT',
  rules: [...Array.from({ length: KEPT }, () => rule('-p tcp -j ACCEPT')), ...last.map(rule)],
  shown: 'whole',
});

describe('readyChain', () => {
  it('passes over rules of a very long chain that say in front that they are for others, and over no other', () => {
    const last = [
      '-s 10.1.0.0/16 -j DROP',
      '-s 10.2.0.0/16 -j DROP',
      '! -s 10.1.0.0/16 -j DROP',
      '-s 10.1.0.0/16 -d 10.9.0.0/16 -j DROP',
      '-d 10.3.0.0/16 -p tcp -j DROP',
      '-s 10.2.0.0/16,10.1.0.0/16 -j DROP',
      '-s office.example -j DROP',
      '-p tcp -j DROP',
    ];
    const ready = readyChain(chainOf(...last));
    const met = ready.positions(['10.1.1.1'], ['10.3.3.3']);
    expect(met).toHaveLength(KEPT + 6);
    expect(met.slice(KEPT).map((position) => last[position - KEPT])).toEqual(
      last.filter((spec) => !/^-s 10\.2\.0\.0\/16 |10\.9/.test(spec)),
    );
  });

  it('keeps the judges of the first rules, and makes those of the others anew', () => {
    const ready = readyChain(chainOf('-p tcp -j DROP'));
    expect(ready.judge(0)).toBe(ready.judge(0));
    expect(ready.judge(KEPT)).not.toBe(ready.judge(KEPT));
  });
});
