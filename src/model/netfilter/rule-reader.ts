import { parseRule, type RuleParts } from './parse-rule.js';

/** Rules of nft's own language are read where they are met. */
const NATIVE: RuleParts = { matches: [], target: { kind: 'none' } };

/** Texts that are kept read, some 10 MB. Beyond them all are read anew when they are asked for again. */
const MOST_READ = 10_000;

/**
 * Reads rules, and keeps those that were read last: kube-proxy writes the same ten thousand rules on every node. What a rule
 * says takes twenty times as much room as its text, so not all rules of a large firewall are kept.
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
    if (asked !== undefined && asked !== target) return parts;
    if (this.#read.size >= MOST_READ) this.#read.clear();
    this.#read.set(key, parts);
    return parts;
  }
}
