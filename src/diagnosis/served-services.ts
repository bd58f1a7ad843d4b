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
  return given.facts.services.flatMap((s): readonly ServedService[] => {
    if (s.type === 'ExternalName') return [];
    const listed = ready.get(s.name)?.find((e) => (e.namespace ?? s.namespace) === s.namespace);
    const endpoint: Cite | undefined =
      listed === undefined ? selectedPod(given, s, family) : { role: 'it has an endpoint', at: listed };
    const addresses = (s.cluster_ips ?? [s.cluster_ip]).flatMap((ip) => canonicalAddress(ip ?? '') ?? []);
    const address = addresses.find((ip) => familyOf(ip) === family);
    if (address === undefined || endpoint === undefined) return [];
    return [
      { name: `${s.namespace ?? 'default'}/${s.name}`, address, shown: { role: 'the service', at: s }, endpoint },
    ];
  });
}

/** Where the bundle lists no endpoints of any service: a pod that runs and that the selector is for. */
function selectedPod({ facts, cluster }: Case, s: Case['facts']['services'][number], family: 4 | 6): Cite | undefined {
  const { selector = '' } = s;
  const told = facts.endpoints.length > 0 || facts.settings.some(({ component }) => component === 'endpoints');
  if (told || isCutIn(cluster, 'endpoints', s.namespace) || !selector.includes('=')) return undefined;
  const pod = facts.pods.find((p) => {
    const ip = (p.ips ?? [p.ip]).find((one) => familyOf(one ?? '') === family);
    if (ip === undefined || p.phase !== 'Running' || p.namespace !== s.namespace) return false;
    if (p.ready !== undefined && !/^(\d+)\/\1$/.test(p.ready)) return false;
    return selects(selector, podWithAddress(cluster, ip)?.shown?.labels) === true;
  });
  return pod === undefined ? undefined : { role: 'a pod that runs and that it selects', at: pod };
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
