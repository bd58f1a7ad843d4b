import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nftJson } from '../../src/parse/netfilter/nft-json.js';
import { nftRuleset } from '../../src/parse/netfilter/nft-ruleset.js';
import type { Parser } from '../../src/parse/parser.js';
import { annotate } from '../parse/harness.js';
import { whyNot } from './netfilter/lab.js';
import { random } from './netfilter/random.js';
import { randomNft } from './netfilter/random-nft.js';

/** Random rule sets in this machine's kernel: nft's JSON says what its text says. */

const FIRST = Number(process.env['SEED'] ?? 1);
const CASES = Number(process.env['CASES'] ?? (process.env['SEED'] === undefined ? 12 : 1));
const NAME = 'nfk-json';
const reason = whyNot();

const nft = (args: readonly string[], input = ''): string =>
  execFileSync('ip', ['netns', 'exec', NAME, 'nft', ...args], { input, encoding: 'utf8' });
const facts = (parser: Parser, text: string): string[] =>
  annotate(parser, text, { path: 'x' })
    .split('\n')
    .filter((line) => /^ +[>=?] /.test(line))
    .map((line) => line.replace(/ printed=.*$/, ''))
    .sort();

describe.skipIf(reason !== undefined)(`nft -j${reason === undefined ? '' : ` (${reason})`}`, () => {
  beforeAll(() => void execFileSync('ip', ['netns', 'add', NAME]));
  afterAll(() => void execFileSync('ip', ['netns', 'del', NAME]));

  it.each(Array.from({ length: CASES }, (_, i) => FIRST + i))('gives the facts of the text (SEED=%i)', (seed) => {
    nft(['flush', 'ruleset']);
    nft(['-f', '-'], randomNft(random(seed)));
    const told = facts(nftJson, nft(['-j', 'list', 'ruleset']));
    expect(told).toEqual(facts(nftRuleset, nft(['list', 'ruleset'])));
    expect(told.length).toBeGreaterThan(5);
  });
});
