import { ruleWords } from '../../core/rule-words.js';
import { wordTable } from '../../core/word-table.js';
import type { NfMatch, NfOption, NfTarget } from './ruleset.js';

/** Options that need no `-m`, and the name of the match that reads them. */
const BASE = wordTable<string>({
  '-s': 'source',
  '--source': 'source',
  '--src': 'source',
  '-d': 'destination',
  '--destination': 'destination',
  '--dst': 'destination',
  '-i': 'in-interface',
  '--in-interface': 'in-interface',
  '-o': 'out-interface',
  '--out-interface': 'out-interface',
  '-p': 'protocol',
  '--protocol': 'protocol',
  '--proto': 'protocol',
  '-f': 'fragment',
  '--fragment': 'fragment',
});

/** Options whose value is free text and may look like an option. */
const FREE_TEXT = /^(comment|(n?f?log|ulog)-prefix|string|hex-string|text|u32|bytecode)$/;

/** Matches that say nothing about the packet. */
const REMARK = new Set(['comment']);

interface OpenMatch {
  readonly name: string;
  readonly options: NfOption[];
}

/** What a rule says, in the words of iptables-save. */
export interface RuleParts {
  readonly matches: readonly NfMatch[];
  readonly target: NfTarget;
}

function target(name: string, goto: boolean, options: readonly NfOption[], isChain: boolean): NfTarget {
  if (isChain || goto) return { kind: goto ? 'goto' : 'jump', chain: name };
  switch (name) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
      return { kind: 'drop' };
    case 'RETURN':
      return { kind: 'return' };
    case 'REJECT':
      return {
        kind: 'reject',
        with: options.find((option) => option.name === 'reject-with')?.values[0] ?? 'icmp-port-unreachable',
      };
    default:
      return { kind: 'extension', name, options };
  }
}

/**
 * Reads a rule in iptables-save grammar (`print_rule` in iptables.c, the extensions' `save` functions). `isChain` tells
 * whether a target names a chain: extensions and chains share one name space, and the chains of the table win.
 */
export function parseRule(spec: string, isChain: (name: string) => boolean): RuleParts {
  const { words } = ruleWords(spec);
  const matches: OpenMatch[] = [];
  const targetOptions: NfOption[] = [];
  let named: { readonly name: string; readonly goto: boolean } | undefined;
  let negated = false;
  let protocol: string | undefined;
  const lost: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '!') {
      negated = true;
      continue;
    }
    const take = (): string => words[++i] ?? '';
    const base = BASE[word];
    if (named === undefined && base !== undefined) {
      let value = base === 'fragment' ? '' : take();
      // Before iptables 1.4.3 the mark stood behind the option.
      if (value === '!') {
        negated = true;
        value = take();
      }
      if (base === 'protocol' && !negated) protocol = value;
      matches.push({ name: base, options: [{ name: base, negated, values: [value] }] });
    } else if (word === '-m' || word === '--match') matches.push({ name: take(), options: [] });
    else if (word === '-j' || word === '--jump') named = { name: take(), goto: false };
    else if (word === '-g' || word === '--goto') named = { name: take(), goto: true };
    else if (word.startsWith('--')) {
      const name = word.slice(2);
      const values: string[] = [];
      if (FREE_TEXT.test(name)) values.push(take());
      else {
        if (words[i + 1] === '!' && words[i + 2] !== undefined && !words[i + 2]!.startsWith('-')) {
          negated = true;
          i++;
        }
        while (i + 1 < words.length && words[i + 1] !== '!' && !/^-[-a-zA-Z]/.test(words[i + 1]!)) values.push(take());
      }
      const option = { name, negated, values };
      if (named !== undefined) targetOptions.push(option);
      else {
        const last = matches.at(-1);
        // `-p tcp --dport 80` as it is typed, without `-m tcp`.
        if (last === undefined || BASE_NAMES.has(last.name)) matches.push({ name: protocol ?? '?', options: [option] });
        else last.options.push(option);
      }
    } else lost.push(word);
    negated = false;
  }
  if (lost.length > 0) matches.push(unread(lost.join(' ')));
  return {
    matches: matches.filter((match) => !REMARK.has(match.name)),
    target: named === undefined ? { kind: 'none' } : target(named.name, named.goto, targetOptions, isChain(named.name)),
  };
}

const BASE_NAMES = new Set(Object.values(BASE));

const unread = (text: string): OpenMatch => ({
  name: 'unread',
  options: [{ name: 'text', negated: false, values: [text] }],
});
