import { canonicalAddress } from '../../core/address.js';

/**
 * What a log message means: a stable code and the columns of table `log` that the message fills. The pattern's named groups
 * `ifname`, `address`, `address2` and `value` are those columns.
 */
export interface MessageRule {
  readonly code: string;
  readonly pattern: RegExp;
  /** Who says it, when another than the vocabulary's own component. */
  readonly component?: string;
}

export interface Meaning {
  readonly code: string;
  readonly component: string;
  readonly ifname?: string | undefined;
  readonly address?: string | undefined;
  readonly address2?: string | undefined;
  readonly value?: string | undefined;
}

/** The messages of one program, most telling first. */
export class Vocabulary {
  /** All patterns in one: nearly every line of a log matches none, and one scan tells so. */
  readonly #any: RegExp;

  constructor(
    readonly component: string,
    readonly rules: readonly MessageRule[],
  ) {
    // Names may stand once only, and what is looked up behind a word costs time at every place.
    const sources = rules.map(({ pattern }) => {
      const source = pattern.source.replace(/^\(\?<=(?:[^()]|\([^()]*\))*\)/, '').replace(/\(\?<(?![=!])\w+>/g, '(?:');
      return `(?:${source})`;
    });
    this.#any = new RegExp(sources.join('|'), 'i');
  }

  meaning(message: string): Meaning | undefined {
    if (!this.#any.test(message)) return undefined;
    for (const rule of this.rules) {
      const m = rule.pattern.exec(message);
      if (m === null) continue;
      const { ifname, address, address2, value } = m.groups ?? {};
      return {
        code: rule.code,
        component: rule.component ?? this.component,
        ifname,
        address: plainAddress(address),
        address2: plainAddress(address2),
        value,
      };
    }
    return undefined;
  }
}

/** An address as printed, perhaps with a prefix length, in brackets, or (IPv4) with a port. */
function plainAddress(printed: string | undefined): string | undefined {
  return printed === undefined
    ? undefined
    : canonicalAddress(
        printed
          .replace(/^\[|\]$/g, '')
          .replace(/^([\d.]+):\d+$/, '$1')
          .replace(/\/\d+$/, ''),
      );
}
