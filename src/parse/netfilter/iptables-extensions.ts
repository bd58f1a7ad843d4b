import type { ListedForm } from './iptables-form.js';
import { MATCHES } from './iptables-matches.js';
import { TARGETS } from './iptables-targets.js';
import { ruleWord, unread } from './rule-text.js';

export interface Extras {
  readonly matches: string;
  readonly options: string;
  readonly goto: boolean;
  readonly comments: readonly string[];
}

/**
 * Where a comment ends. Its text is not escaped, so it may hold the end mark itself: the first one after which all is
 * understood, else the first.
 */
function commentEnd(text: string, from: number, target: string | undefined): number {
  const ends: number[] = [];
  for (let at = text.indexOf(' */', from); at >= 0 && ends.length < 5; at = text.indexOf(' */', at + 3)) ends.push(at);
  if (ends.length === 0) return text.length;
  if (ends.length === 1 || ends.length > 4) return ends[0]!;
  return ends.find((end) => !readExtras(text.slice(end + 3), target).matches.includes('-m unread')) ?? ends[0]!;
}

/** Reads the text behind the destination column. What is not understood becomes an `unread` match. */
export function readExtras(text: string, target: string | undefined): Extras {
  const comments: string[] = [];
  const matches: string[] = [];
  const options: string[] = [];
  const lost: string[] = [];
  let goto = false;
  let conntrack = false;
  let i = 0;
  const tryForms = (forms: readonly ListedForm[]): string | undefined => {
    for (const { text: pattern, save } of forms) {
      pattern.lastIndex = i;
      const m = pattern.exec(text);
      const written = m === null || m[0] === '' ? undefined : save(m);
      if (written === undefined) continue;
      i = pattern.lastIndex;
      return written;
    }
    return undefined;
  };
  while (i < text.length) {
    // A damaged line may hold any white space.
    if (/\s/.test(text[i]!)) {
      i++;
      continue;
    }
    if (text.startsWith('[goto]', i)) {
      goto = true;
      i += 6;
      continue;
    }
    if (text.startsWith('/* ', i)) {
      const end = commentEnd(text, i + 2, target);
      const comment = text.slice(i + 3, end).replace(/ $/, '');
      comments.push(comment);
      matches.push(`-m comment --comment ${ruleWord(comment)}`);
      i = end + 3;
      conntrack = false;
      continue;
    }
    const option = target === undefined ? undefined : tryForms(TARGETS[target] ?? []);
    if (option !== undefined) {
      if (option !== '') options.push(option);
      continue;
    }
    const match = tryForms(MATCHES);
    if (match !== undefined) {
      // The conntrack match prints its options without naming itself.
      const ct = /^(! )?--ct/.test(match);
      if (ct && conntrack) matches.push(`${matches.pop()} ${match}`);
      else matches.push(ct ? `-m conntrack ${match}` : match);
      conntrack = ct;
      continue;
    }
    const word = /\S+/y;
    word.lastIndex = i;
    lost.push(word.exec(text)![0]);
    i = word.lastIndex;
    conntrack = false;
  }
  if (lost.length > 0) matches.push(unread(lost.join(' ')));
  return { matches: matches.join(' '), options: options.join(' '), goto, comments };
}
