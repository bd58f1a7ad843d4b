import { canonicalAddress } from '../core/address.js';
import type { log } from '../core/event/log.js';
import type { FindingDraft } from '../core/finding.js';
import type { Fact } from '../model/facts.js';
import type { Case, CauseDraft } from './cause.js';
import { POLICIES, policiesToLookAt } from './cilium-verdicts.js';
import { everyFlow, evidence, listed, SILENCE, shownBy, subjects } from './witness.js';

type Denied = Fact<typeof log>;

/**
 * What Hubble says that a policy denied, where it prints names for addresses, as it does unless asked otherwise. The bundle's
 * pods tell the addresses, if it shows them; without them the names say enough.
 */
export function hubbleNames(given: Case, known: readonly CauseDraft[]): readonly CauseDraft[] {
  const byTarget = new Map<string, Denied[]>();
  for (const line of given.facts.logs) {
    if (line.component !== 'hubble' || line.code !== 'policy-denied' || line.value === undefined) continue;
    const { target } = endsOf(line);
    const lines = byTarget.get(target);
    if (lines === undefined) byTarget.set(target, [line]);
    else lines.push(line);
  }
  return [...byTarget.values()].map((lines) => draft(given, lines)).filter((one) => !known.some(isSame(one)));
}

/** Addresses of both ends in another draft: the same drops, told with more. */
const isSame =
  (one: CauseDraft) =>
  (other: CauseDraft): boolean => {
    const common = one.subjects.filter((name) => other.subjects.includes(name));
    return new Set(common.filter((name) => canonicalAddress(name) !== undefined)).size >= 2;
  };

/** `shop/web shop/db:5432`. */
function endsOf({ value }: Denied): { readonly client: string; readonly target: string } {
  const [client = '', target = ''] = (value ?? '').split(' ');
  return { client, target };
}

/** `shop/db:5432`, `203.0.113.9:443`, `[2001:db8::9]:443`. */
function split(target: string): { readonly server: string; readonly port: number | undefined } {
  const [, v6, name, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(target) ?? [];
  const server = v6 ?? name ?? target;
  return { server, port: port === undefined ? undefined : Number(port) };
}

function addressesOf({ facts }: Case, name: string): ReadonlySet<string> {
  const pods = facts.pods.filter((pod) => `${pod.namespace}/${pod.name}` === name);
  return new Set(pods.flatMap((pod) => [...(pod.ips ?? []), ...(pod.ip === undefined ? [] : [pod.ip])]));
}

const isPod = (name: string): boolean => name.includes('/');

function draft(given: Case, lines: readonly Denied[]): CauseDraft {
  const { server, port } = split(endsOf(lines[0]!).target);
  const clients = [...new Set(lines.map((line) => endsOf(line).client))];
  const servers = addressesOf(given, server);
  const sources = new Set(clients.flatMap((client) => [...addressesOf(given, client)]));
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) &&
    everyFlow(
      s,
      ({ src, dst, dport }) => sources.has(src) && servers.has(dst) && (port === undefined || dport === port),
    );
  const silent = given.symptoms.filter(explains);
  const what = `${listed(clients)} to ${server}${port === undefined ? '' : ` port ${port}`}`;
  const between = isPod(server) && clients.some(isPod);
  return {
    code: 'network-policy-drop',
    severity: between || silent.length > 0 ? 'critical' : 'warning',
    confidence: 'likely',
    title: `Cilium drops packets from ${what}: denied by a policy`,
    summary: `Hubble says that a network policy denies packets from ${what} (Policy denied).`,
    explanation: POLICIES,
    subjects: subjects(server, ...clients, ...servers, ...sources),
    count: lines.length,
    evidence: evidence(
      { role: 'what Hubble says', at: lines[0]! },
      ...lines.slice(1, 6).map((line) => ({ role: 'what Hubble says', at: line })),
      ...shownBy(silent, 2),
    ),
    ...policiesToLookAt(server, clients[0]!, port === undefined ? '' : ` port ${port}`),
    explains,
  };
}
