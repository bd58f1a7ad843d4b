import type { Ruleset } from '../model/netfilter/ruleset.js';
import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';
import { type Dropper, type Fate, fateAfter, logPrefix, policyFate } from './log-fate.js';
import { prefixSays } from './log-prefix.js';
import { hooksOf, type RulePlace, rulePlaces } from './node-rules.js';

/** What a LOG or TRACE line's tap says of its packets, and by what. */
export interface Told {
  readonly kind: 'dropped' | 'rejected';
  /** `rules`: the dump shows what follows the LOG rule; `trace`: the kernel says so; `prefix`: the words of the line. */
  readonly by: 'rules' | 'trace' | 'prefix';
  readonly dropper?: Dropper | undefined;
  /** The LOG rule. */
  readonly logged?: RulePlace | undefined;
}

type ByNode = ReadonlyMap<string | undefined, readonly Ruleset[]>;

/** LOG rules by prefix. */
export class LogRules {
  readonly #byPrefix = new Map<string, RulePlace[]>();

  constructor(private readonly byNode: ByNode) {
    for (const place of rulePlaces(byNode)) {
      const prefix = logPrefix(place.rule);
      if (prefix === undefined) continue;
      const known = this.#byPrefix.get(prefix);
      if (known === undefined) this.#byPrefix.set(prefix, [place]);
      else known.push(place);
    }
  }

  /** What the tap's packets met; undefined when nothing says that they were dropped. */
  told(scene: Scene, tap: TapView): Told | undefined {
    const { trace, prefix = '' } = tap.row;
    if (trace !== undefined) return this.#traced(scene, tap, trace);
    const rules = this.#logging(scene, tap, prefix.trim());
    const fates = rules.map((place) => ({ place, fate: fateAfter(place.table, place.chain, place.index) }));
    const dropped = fates.find(({ fate }) => fate.kind === 'dropped' || fate.kind === 'rejected');
    if (fates.length > 0 && fates.every(({ fate }) => fate.kind === 'passed')) return undefined;
    if (dropped !== undefined && fates.every(({ fate }) => fate.kind === dropped.fate.kind))
      return fromFate(dropped.fate, 'rules', dropped.place);
    const words = prefixSays(prefix);
    return words === undefined ? undefined : { kind: words, by: 'prefix', logged: rules[0] };
  }

  /** The LOG rules that can have written the tap's lines: of this node, family and hook. */
  #logging(scene: Scene, tap: TapView, prefix: string): readonly RulePlace[] {
    const { inIf, outIf } = tap.row;
    return (this.#byPrefix.get(prefix) ?? []).filter((place) => {
      if (tap.node !== undefined && place.node !== undefined && place.node !== tap.node) return false;
      // A bundle of several nodes says whose rules they are; a paste does not.
      if ((tap.node === undefined) !== (place.node === undefined) && scene.cluster.nodes.size > 1) return false;
      const hooks = hooksOf(place.table, place.chain);
      if (hooks.size === 0) return true;
      if (inIf !== undefined && outIf !== undefined) return hooks.has('FORWARD') || hooks.has('POSTROUTING');
      return inIf === undefined
        ? hooks.has('OUTPUT') || hooks.has('POSTROUTING')
        : hooks.has('INPUT') || hooks.has('PREROUTING');
    });
  }

  /**
   * `filter:FORWARD:rule:3` of the kernel (ip_tables.c, trace_packet), looked up in the dump, where it calls an
   * unconditional rule `policy`; or `filter:FORWARD:rule:0x3:DROP` of xtables-monitor, which tells the verdict itself.
   */
  #traced(scene: Scene, tap: TapView, trace: string): Told | undefined {
    const [tableName = '', chainName = '', kind = '', number = '', verdict] = trace.split(':');
    const monitored = verdict ?? (kind === 'policy' && /^[A-Z]+$/.test(number) ? number : undefined);
    if (monitored !== undefined)
      return monitored === 'DROP'
        ? { kind: 'dropped', by: 'trace', dropper: { table: tableName, chain: chainName, policy: kind === 'policy' } }
        : undefined;
    if (kind !== 'rule' && kind !== 'policy') return undefined;
    for (const [node, rulesets] of this.byNode) {
      if (node !== tap.node && (node !== undefined || scene.cluster.nodes.size > 1)) continue;
      for (const ruleset of rulesets) {
        const table = ruleset.backend === 'nft' ? undefined : ruleset.tables.get(tableName);
        const chain = table?.chains.get(chainName);
        if (table === undefined || chain?.at === undefined) continue;
        const rule = chain.rules[Number(number) - 1];
        if (rule === undefined) return kind === 'policy' ? fromFate(policyFate(table, chain), 'trace') : undefined;
        const target = rule.target.kind;
        if (target !== 'drop' && target !== 'reject') return undefined;
        return {
          kind: target === 'drop' ? 'dropped' : 'rejected',
          by: 'trace',
          dropper: { table: tableName, chain: chainName, policy: false, rule, at: rule.at },
        };
      }
    }
    return undefined;
  }
}

function fromFate(fate: Fate, by: Told['by'], logged?: RulePlace): Told | undefined {
  if (fate.kind !== 'dropped' && fate.kind !== 'rejected') return undefined;
  return { kind: fate.kind, by, dropper: fate.by, logged };
}
