import { appendTo } from '../../core/append-to.js';
import type { pod as podTable } from '../../core/event/kubernetes.js';
import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { cutLists, isCutIn } from '../../model/cut-lists.js';
import type { Fact, Placed } from '../../model/facts.js';
import { podWithAddress } from '../../model/policies/labels.js';
import { selects } from '../../model/policies/selector.js';
import { refusedServices } from '../../model/refused-services.js';
import { endpointsOf } from '../../model/service-endpoints.js';
import { serviceNamed } from '../../model/service-names.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { everyFlow, evidence, listed, shownBy, subjects } from '../witness.js';

/**
 * A service has no endpoint, or no ready one.
 *
 * Physics: kube-proxy rejects for such a service (ICMP port unreachable, so "connection refused"); in IPVS mode there is no
 * real server. The selector fits no pod, the pods are not ready, or the target port has another name.
 *
 * Critical where somebody deployed pods for it, where it was tried by hand, or called more than once; a single call of a service without
 * any pod is a warning: a job that is over asks once, and is refused as it should be.
 *
 * Innocent: a service whose pods are scaled to 0 on purpose and that nobody calls (for information only, unless a symptom
 * or the rule's counter says that somebody does); headless and ExternalName services; one whose endpoints somebody writes by hand.
 *
 * Proven: the rule, and packets that it refused. The rule with a moving counter, or the endpoints with a failing flow, make
 * it likely. Ruled out: the service that fails has ready endpoints.
 */
export const serviceWithoutEndpoint: Cause = {
  code: 'service-without-endpoint',
  diagnose(given) {
    const fronts = [...fromRules(given), ...fromObjects(given)];
    const services = new Map<string, Front[]>();
    for (const f of fronts) appendTo(services, f.service, f);
    if (services.size > 0) return found([...services].map(([name, list]) => draft(given, name, list)));
    const refused = given.symptoms.find((s) => s.code === 'icmp-error' || s.code === 'connection-reset');
    const dst = refused?.flows?.[0]?.dst;
    if (dst !== undefined && given.cluster.owner(dst).role === 'service' && cutLists(given.cluster).has('endpoints'))
      return cannotTell(
        'kubectl get endpointslices -A -o yaml',
        `the rest of the list of endpoints: whether ${dst} has one that is ready`,
      );
    const ready = dst === undefined ? [] : endpointsOf(given.cluster, dst);
    if (dst === undefined || ready.length === 0) return quiet;
    const row = given.facts.endpoints.find((e) => e.address === ready[0] && e.ready);
    return row === undefined
      ? quiet
      : ruledOut(`${dst} has ready endpoints, such as ${row.address}`, { role: 'an endpoint', at: row });
  },
};

interface Front {
  /** `namespace/name`. */
  readonly service: string;
  readonly address: string | undefined;
  readonly dport: number | undefined;
  readonly packets: number;
  readonly by: 'rule' | 'object';
  readonly role: string;
  readonly at: Placed;
}

function fromRules({ cluster }: Case): Front[] {
  return refusedServices(cluster)
    .filter((r) => r.why === 'no endpoints')
    .map((r) => ({
      service: r.service,
      address: r.address,
      dport: r.dport,
      packets: r.packets ?? 0,
      by: 'rule',
      role: `the ${r.by}${r.node === undefined ? '' : ` on ${r.node}`} that refuses it`,
      at: r.at,
    }));
}

/** Services with a selector and an address, whose endpoints are shown and are none, or none that is ready. */
function fromObjects({ cluster, facts }: Case): Front[] {
  return facts.services.flatMap((s): Front[] => {
    if (s.selector === undefined || s.selector === '' || s.selector === '<none>') return [];
    if (s.cluster_ip === undefined || s.cluster_ip === 'None' || s.type === 'ExternalName') return [];
    const name = `${s.namespace ?? 'default'}/${s.name}`;
    const own = facts.endpoints.filter((e) => e.service === s.name && (e.namespace ?? s.namespace) === s.namespace);
    const none = facts.settings.find(
      (x) => x.component === 'endpoints' && x.object === name && x.key === 'addresses' && x.value === '<none>',
    );
    // Behind the end of a list that was cut, a second slice may have the ready ones.
    if (none === undefined && isCutIn(cluster, 'endpoints', s.namespace)) return [];
    if (own.some((e) => e.ready) || (own.length === 0 && none === undefined)) return [];
    const ports = facts.servicePorts.filter(
      (p) => p.service === s.name && (p.namespace ?? s.namespace) === s.namespace,
    );
    return [
      {
        service: name,
        address: s.cluster_ip,
        dport: ports.length === 1 ? ports[0]!.port : undefined,
        packets: 0,
        by: 'object',
        role: none === undefined ? 'its endpoints are not ready' : 'its endpoints: none',
        at: none ?? own[0]!,
      },
    ];
  });
}

function draft(given: Case, name: string, fronts: readonly Front[]): CauseDraft {
  const { facts, cluster } = given;
  const [namespace, service] = name.split('/') as [string, string];
  const explains = (s: FindingDraft): boolean =>
    /^(icmp-error|connection-reset|unreplied-syn|unreplied-udp)$/.test(s.code) &&
    everyFlow(s, ({ dst, dport }) =>
      fronts.some((f) => f.address === dst && (dport === undefined || f.dport === undefined || f.dport === dport)),
    );
  const shown = given.symptoms.filter(explains);
  // Only a pod's resolver knows services by their names.
  const asked = (p: (typeof facts.probes)[0]): string | undefined =>
    p.address ?? (p.pod !== undefined || cluster.inNamespace(p) ? serviceNamed(cluster, p.target) : undefined);
  // Refused at once, in a transcript: kube-proxy's REJECT looks like this to curl.
  const tried = facts.probes.filter(
    (p) =>
      /^(refused|unreachable|error)$/.test(p.outcome) &&
      fronts.some(
        (f) => f.address === asked(p) && (f.dport === undefined || p.port === undefined || f.dport === p.port),
      ),
  );
  const called = fronts.some((f) => f.packets > 0) || tried.length > 0;
  const object = facts.services.find((s) => s.name === service && (s.namespace ?? namespace) === namespace);
  const addresses = [...new Set(fronts.map((f) => f.address).filter((a) => a !== undefined))];
  const rule = fronts.some((f) => f.by === 'rule');
  const pods = facts.pods.filter((p) => p.namespace === namespace && p.name.startsWith(`${service}-`));
  const broken = pods.filter(
    (p) =>
      /CrashLoop|ImagePull|ErrImage|Pending|Error|CreateContainer/.test(p.phase ?? '') || /^0\//.test(p.ready ?? ''),
  );
  // Ready, and the labels are shown to fit.
  const selected = facts.pods.find(
    (p) =>
      p.namespace === namespace &&
      p.phase === 'Running' &&
      /^(\d+)\/\1$/.test(p.ready ?? '') &&
      p.ip !== undefined &&
      (object?.selector ?? '').includes('=') &&
      selects(object!.selector!, podWithAddress(cluster, p.ip)?.shown?.labels) === true,
  );
  const calls = shown.filter((s) => s.severity !== 'info').reduce((sum, { count }) => sum + count, 0);
  // Somebody deployed it, so it is meant to answer.
  const meant = broken.length > 0 || selected !== undefined;
  return {
    code: 'service-without-endpoint',
    severity:
      tried.length > 0 || (calls > 0 && meant) || calls > 1
        ? 'critical'
        : called || shown.length > 0
          ? 'warning'
          : 'info',
    confidence:
      shown.length > 0 && rule ? 'proven' : shown.length > 0 || tried.length > 0 || rule ? 'likely' : 'possible',
    title: `The service ${name} has no ready endpoint`,
    summary: `The service ${name}${addresses.length === 0 ? '' : ` (${listed(addresses)})`} has no ready endpoint${broken.length === 0 ? '' : `: ${listed(broken.map((p) => p.name))} ${broken.length > 1 ? 'are' : 'is'} not ready`}, so connections to it are refused.`,
    explanation: `Without a ready pod kube-proxy refuses on behalf of the service.${called || shown.length > 0 ? (calls === 1 && tried.length === 0 && !meant ? ' It was called once here, and no pod of it is shown: it may be meant to be so (scaled to 0).' : '') : ' Nobody in this bundle calls it: it may be meant to be so.'}`,
    subjects: subjects(name, ...addresses, ...broken.slice(0, 3).map((p) => p.name)),
    count: Math.max(1, ...fronts.map((f) => f.packets)),
    evidence: evidence(
      { role: fronts[0]!.role, at: fronts[0]!.at },
      ...fronts.slice(1, 5).map((f): Cite => ({ role: f.role, at: f.at })),
      ...(object === undefined ? [] : [{ role: 'the service', at: object } as Cite]),
      ...broken.slice(0, 3).map((at): Cite => ({ role: 'a pod that is not ready', at })),
      ...tried.slice(0, 3).map((at): Cite => ({ role: 'somebody tried', at })),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `kubectl -n ${namespace} describe service ${service} && kubectl -n ${namespace} get pods --show-labels${object?.selector === undefined ? '' : ` -l '${object.selector}'`}`,
        why:
          broken.length > 0
            ? `${broken[0]!.name} is not ready: its log and events say why (kubectl -n ${namespace} describe pod ${broken[0]!.name}).`
            : 'No pod listed: selector and labels do not fit, or nothing is deployed (kubectl scale). Pods listed and not ready: look at their readiness probe. Pods listed and ready: nobody follows them (the log of kube-controller-manager), or the target port has a name that they do not have.',
        verify: `kubectl -n ${namespace} get endpoints ${service}    # at least one address`,
        rollback: 'none: nothing was changed',
      },
      ...(broken.length > 0
        ? anewByController(name, broken[0]!)
        : selected === undefined
          ? labelled(name, object?.selector, pods)
          : [controller(name, selected.name)]),
    ],
    wants: rule
      ? []
      : [
          {
            what: 'the rules that refuse the service',
            collect: `iptables-save | grep '${name}'    # on the node of the client`,
          },
        ],
    explains,
  };
}

/** The endpoints are the controller's to write (kubernetes `pkg/controller/endpointslice`): pods that fit and are ready are not there. */
const controller = (service: string, pod: string): Remedy => ({
  command: 'kubectl -n kube-system logs -l component=kube-controller-manager --tail=200 | grep -i endpoint',
  why: `${pod} is ready and has the labels that the service selects, and is no endpoint of it all the same: the controller that writes endpoints says why, or does not run. First compare the target port with the ports that ${pod} names.`,
  verify: `kubectl -n ${service.replace('/', ' get endpoints ')}    # the address of ${pod}; then try the connection again`,
  rollback: 'none: reading changes nothing',
});

/** Names that a Deployment's pods get: its own, its replica set's hash, five letters. */
const OF_A_DEPLOYMENT = /^(.+)-[a-z0-9]{6,10}-[a-z0-9]{5}$/;

/** A pod that does not get ready may do so when it is made anew: the one thing that is worth a try before its log is understood. */
function anewByController(service: string, pod: Fact<typeof podTable>): readonly Remedy[] {
  const [namespace] = service.split('/');
  const deployment = OF_A_DEPLOYMENT.exec(pod.name)?.[1];
  const command =
    deployment === undefined
      ? `kubectl -n ${namespace} delete pod ${pod.name}`
      : `kubectl -n ${namespace} rollout restart deployment ${deployment}`;
  return [
    {
      command,
      why: `At once, when its log says that it hangs: a new ${pod.name} in its place. What keeps it from being ready may be there again.`,
      verify: `kubectl -n ${service.replace('/', ' get endpoints ')}    # at least one address; then try the connection again`,
      rollback:
        deployment === undefined
          ? 'none needed: its controller makes another one'
          : `kubectl -n ${namespace} rollout undo deployment ${deployment}`,
    },
  ];
}

/** Pods that are called like the service and are ready, but are not selected: they lack the label. */
function labelled(
  service: string,
  selector: string | undefined,
  pods: readonly Fact<typeof podTable>[],
): readonly Remedy[] {
  const [namespace] = service.split('/');
  const [pod] = pods.filter((p) => p.phase === 'Running' && /^(\d+)\/\1$/.test(p.ready ?? ''));
  if (pod === undefined || selector === undefined) return [];
  const labels = selector.split(',');
  return [
    {
      command: `kubectl -n ${namespace} label pod ${pod.name} --overwrite ${labels.join(' ')}`,
      why: `At once, when ${pod.name} is meant and lacks the label: the service then finds it. For good, put it into the template of what makes the pod, or correct the selector of the service.`,
      verify: `kubectl -n ${service.replace('/', ' get endpoints ')}    # the address of ${pod.name}; then try the connection again`,
      rollback: `kubectl -n ${namespace} label pod ${pod.name} ${labels.map((label) => `${label.split('=')[0]}-`).join(' ')}`,
    },
  ];
}
