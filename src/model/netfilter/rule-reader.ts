import { parseRule, type RuleParts } from './parse-rule.js';

/** Rules of nft's own language are read where they are met. */
const NATIVE: RuleParts = { matches: [], target: { kind: 'none' } };

/**
 * Reads rules, and each text once: kube-proxy writes the same ten thousand rules on every node, and read for each of a
 * hundred nodes they would fill the memory.
 */
export class RuleReader {
  /** By the text, and by whether what it jumps to is a chain. */
  readonly #read = new Map<string, RuleParts>();

  /** As `parseRule`. */
  read(spec: string, isChain: (name: string) => boolean): RuleParts {
    if (spec.startsWith('nft ')) return NATIVE;
    const target = /(?:^| )-[jg] (\S+)/.exec(spec)?.[1];
    const key = `${target !== undefined && isChain(target) ? 'chain' : 'target'} ${spec}`;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    let asked: string | undefined;
    const parts = parseRule(spec, (name) => {
      asked = name;
      return isChain(name);
    });
    // A comment may hold what looks like a jump: then the key says nothing.
    if (asked === undefined || asked === target) this.#read.set(key, parts);
    return parts;
  }
}
