import type { Host } from '../model/host/host.js';
import { endOf } from '../model/journey/compare.js';
import type { Walk } from '../model/journey/step.js';
import { WalkedJourneys } from '../model/journey/walked.js';
import type { NfChain } from '../model/netfilter/ruleset.js';
import type { Blame } from './blame.js';
import type { Case } from './cause.js';
import { type RuleInWords, ruleOf } from './rule-words.js';

/** More rules in a row than this are a firewall that is meant. */
const MOST = 5;

/**
 * The rules and policies of the node that drop the packets of a blame once the first no longer does, in the order in which the packets
 * would meet them: the conversation is walked again without it, then without the next, until it gets past the node.
 */
export function dropsBehind(given: Case, { node, example, leg, walk: first }: Blame): readonly RuleInWords[] {
  const behind: RuleInWords[] = [];
  let { hosts } = given;
  let walk: Walk | undefined = first;
  while (behind.length < MOST) {
    const host = hosts.get(node);
    if (host === undefined || walk.by === undefined) break;
    hosts = new Map(hosts).set(node, passing(host, walk.by));
    const { walks } = new WalkedJourneys(hosts, given.cluster).between(example.question);
    const same = walks.filter(({ request }) => request.choice === first.choice);
    const ends = leg === 'reply' ? same.flatMap(({ reply }) => reply ?? []) : same.map(endOf);
    walk = ends[0];
    // Where the bundle leaves a way through open, nothing is accused.
    if (walk === undefined || !ends.every((end) => end.node === node && isDrop(end))) break;
    // Places are those of the chain as it stands now, before anything is taken away.
    const rule = ruleOf(given, { node, walk });
    if (rule === undefined) break;
    behind.push(rule);
  }
  return behind;
}

const isDrop = ({ disposition }: Walk): boolean =>
  disposition === 'dropped-by-rule' || disposition === 'rejected-by-rule';

/** The host without a rule, however often it stands in its chain; or with a chain that accepts what falls through. */
function passing(host: Host, { table, chain, rule }: NonNullable<Walk['by']>): Host {
  const mended = (it: NfChain): NfChain =>
    rule === undefined
      ? { ...it, policy: 'ACCEPT' }
      : { ...it, rules: it.rules.filter(({ at }) => at.spec !== rule.at.spec) };
  const rulesets = host.rulesets.map((ruleset) => {
    const holds = ruleset.tables.get(table);
    const old = holds?.chains.get(chain);
    if (holds === undefined || old === undefined || (rule !== undefined && !old.rules.includes(rule))) return ruleset;
    const chains = new Map(holds.chains).set(chain, mended(old));
    return { ...ruleset, tables: new Map(ruleset.tables).set(table, { ...holds, chains }) };
  });
  return { ...host, rulesets };
}
