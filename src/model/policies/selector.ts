import type { Labels } from './labels.js';

/** Yes, no, or nobody can tell, as the labels are not known or the words are not understood. */
export type Match = boolean | undefined;

/** All must match: no beats what nobody knows. */
export const both = (a: Match, b: Match): Match => (a === false || b === false ? false : a && b);
/** One is enough: yes beats what nobody knows. */
export const either = (a: Match, b: Match): Match =>
  a === true || b === true ? true : a === undefined || b === undefined ? undefined : false;

type Requirement = (labels: Labels) => boolean;

/** Commas between requirements, not those in a set's parentheses. */
const parts = (text: string): readonly string[] => text.split(/,(?![^(]*\))/).filter((part) => part.trim() !== '');

const values = (text: string): ReadonlySet<string> => new Set(text.split(',').map((value) => value.trim()));

/** One requirement; a key that is not there is `notin` and `!=` everything (apimachinery pkg/labels/selector.go). */
function requirement(text: string): Requirement | undefined {
  const [, key, word, set] = /^\s*([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(text) ?? [];
  if (key !== undefined) {
    const wanted = values(set!);
    return word === 'in'
      ? (labels) => wanted.has(labels.get(key) ?? '\n')
      : (labels) => !wanted.has(labels.get(key) ?? '\n');
  }
  const [, name, sign, value] = /^\s*([\w./-]+)\s*(==?|!=)\s*([\w./-]*)\s*$/.exec(text) ?? [];
  if (name !== undefined)
    return sign === '!=' ? (labels) => labels.get(name) !== value : (labels) => labels.get(name) === value;
  const [, not, alone] = /^\s*(!?)\s*([\w./-]+)\s*$/.exec(text) ?? [];
  if (alone === undefined) return undefined;
  return not === '!' ? (labels) => !labels.has(alone) : (labels) => labels.has(alone);
}

/** Whether a label selector as kubectl takes it (`app=web,tier in (a,b),!canary`) matches; the empty one matches all. */
export function selects(selector: string, labels: Labels | undefined): Match {
  let match: Match = true;
  for (const part of parts(selector)) {
    const fits = requirement(part);
    match = both(match, fits === undefined || labels === undefined ? undefined : fits(labels));
  }
  return match;
}
