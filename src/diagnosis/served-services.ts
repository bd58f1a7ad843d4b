import { canonicalAddress, familyOf } from '../core/address.js';
import type { Cite } from '../core/finding.js';
import { isCutIn } from '../model/cut-lists.js';
import type { Placed } from '../model/facts.js';
import { podWithAddress } from '../model/policies/labels.js';
import { selects } from '../model/policies/selector.js';
import { rowsByKey } from '../model/rows-by.js';
import type { Case } from './cause.js';

/** A service that every node has to have rules for: it has an address, and somebody to lead to. */
export interface ServedService {
  /** `namespace/name`. */
  readonly name: string;
  readonly address: string;
  /** The line that shows the service, and the one that shows that it has an endpoint. */
  readonly shown: Cite & { readonly at: Placed };
  readonly endpoint: Cite;
  /** The only node whose rules tell of it; absent where objects do. */
  readonly ruledBy?: string | undefined;
}

/** Services with ready endpoints of a family, by objects; and those `asked` for that only the rules of some node tell of. */
export const servedServices = (given: Case, family: 4 | 6, asked: ReadonlySet<string>): readonly ServedService[] => {
  const found = new Map<string, ServedService>();
  for (const one of [...byObjects(given, family), ...byRules(given, family, asked)])
    if (!found.has(one.address)) found.set(one.address, one);
  return [...found.values()];
};

function byObjects(given: Case, family: 4 | 6): readonly ServedService[] {
  const ready = rowsByKey(
    given.facts.endpoints.filter((e) => e.ready && familyOf(e.address) === family),
    (e) => e.service,
  );
  const selected = selectedPods(given, family);
  return given.facts.services.flatMap((s): readonly ServedService[] => {
    if (s.type === 'ExternalName') return [];
    const listed = ready.get(s.name)?.find((e) => (e.namespace ?? s.namespace) === s.namespace);
    const endpoint: Cite | undefined = listed === undefined ? selected(s) : { role: 'it has an endpoint', at: listed };
    const addresses = (s.cluster_ips ?? [s.cluster_ip]).flatMap((ip) => canonicalAddress(ip ?? '') ?? []);
    const address = addresses.find((ip) => familyOf(ip) === family);
    if (address === undefined || endpoint === undefined) return [];
    return [
      { name: `${s.namespace ?? 'default'}/${s.name}`, address, shown: { role: 'the service', at: s }, endpoint },
    ];
  });
}

/** Where the bundle lists no endpoints of any service: a pod that runs and that the selector is for. */
function selectedPods(
  { facts, cluster }: Case,
  family: 4 | 6,
): (service: Case['facts']['services'][number]) => Cite | undefined {
  const told = facts.endpoints.length > 0 || facts.settings.some(({ component }) => component === 'endpoints');
  if (told) return () => undefined;
  const running = rowsByKey(
    facts.pods.flatMap((pod) => {
      const ip = (pod.ips ?? [pod.ip]).find((one) => familyOf(one ?? '') === family);
      const runs = pod.phase === 'Running' && (pod.ready === undefined || /^(\d+)\/\1$/.test(pod.ready));
      return ip === undefined || !runs ? [] : [{ pod, labels: podWithAddress(cluster, ip)?.shown?.labels }];
    }),
    ({ pod }) => pod.namespace,
  );
  return ({ namespace, selector = '' }) => {
    if (isCutIn(cluster, 'endpoints', namespace) || !selector.includes('=')) return undefined;
    const found = running.get(namespace)?.find(({ labels }) => selects(selector, labels) === true);
    return found && { role: 'a pod that runs and that it selects', at: found.pod };
  };
}

/** `ns/name:port cluster IP`, and `10.96.0.10 . tcp . 80 : goto service-HASH-ns/name/tcp/port` (kubernetes `pkg/proxy`). */
const NAMED = /^([\w.-]+\/[\w.-]+?)(?::[\w.-]*)? cluster IP$/;
const ELEMENT = /^(\S+) \. (?:tcp|udp|sctp) \. \d+ : goto service-[A-Z2-7]+-([\w.-]+\/[\w.-]+)\//;

/** Rules exist only for services that have endpoints: what one node leads somewhere, every node has to. */
function byRules({ facts, cluster }: Case, family: 4 | 6, asked: ReadonlySet<string>): readonly ServedService[] {
  const told = [
    ...facts.rules.flatMap((at) => {
      const name = NAMED.exec(at.comment ?? '')?.[1];
      const address = /(?:^|\s)-d (\S+?)\/(?:32|128)(?=\s)/.exec(at.spec)?.[1];
      if (at.chain !== 'KUBE-SERVICES' || at.target?.startsWith('KUBE-SVC-') !== true) return [];
      return name === undefined || address === undefined ? [] : [{ name, address, at }];
    }),
    ...facts.ipsetMembers.flatMap((at) => {
      const [, address, name] = /^ip6? kube-proxy service-ips$/.test(at.set) ? (ELEMENT.exec(at.member) ?? []) : [];
      return name === undefined || address === undefined ? [] : [{ name, address, at }];
    }),
  ];
  return told.flatMap(({ name, address, at }): readonly ServedService[] => {
    const [node, known] = [cluster.nodeOf(at), canonicalAddress(address)];
    if (node === undefined || known === undefined || familyOf(known) !== family || !asked.has(known)) return [];
    const shown = { role: `the service, as ${node} has it`, at };
    return [{ name, address: known, shown, endpoint: shown, ruledBy: node }];
  });
}
