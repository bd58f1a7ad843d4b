import { cutLists } from '../model/cut-lists.js';
import type { Host } from '../model/host/host.js';
import type { Missing } from '../model/journey/missing.js';
import { onAllDevices } from '../model/taps.js';
import type { Case } from './cause.js';

/**
 * True for an ask that the bundle answers already: it holds whole what the commands would print. Only for what a node keeps until
 * somebody changes it. Counters, routes' lookups, caches (neighbours that nobody wrote by hand, conntrack) and logs may say more at
 * another time, so these are never held; of pods' logs only the previous one, which does not change any more. A command that is not known here is not held either.
 */
export function isHeld(given: Case, { collect }: Missing): boolean {
  const capture = /^tcpdump -nni any -w \S+ '.*' +# on (\S+)$/.exec(collect)?.[1];
  if (capture !== undefined) return capturedAll(given, capture);
  const list = LISTS.find(([pattern]) => pattern.test(collect));
  if (list !== undefined) return list[1](given);
  const log = /^kubectl logs -n \S+ (\S+) --all-containers --previous; kubectl logs /.exec(collect)?.[1];
  if (log !== undefined) return hasLogOf(given, log);
  const [, commands, node] = /^(.*\S) +# on ([^\s;,]+)$/.exec(collect) ?? [];
  const host = given.hosts.get(node ?? '');
  return host !== undefined && commands!.split(/; /).every((command) => isShown(host, command));
}

/** Every pod of the cluster is listed, with its node and address: the command asked for all of them, or those of the system are there. */
export const showsAllPods = ({ cluster, facts }: Case): boolean =>
  !cutLists(cluster).has('pods') &&
  (facts.pods.some(({ namespace }) => namespace === 'kube-system') ||
    facts.settings.some(
      ({ component, object, key }) => component === 'list' && object === 'pods' && key === 'everywhere',
    )) &&
  facts.pods.some(({ node, ip, host_network }) => node !== undefined && ip !== undefined && host_network !== true);

/** Lists of the cluster's objects that commands print, and whether the bundle holds them whole. */
const LISTS: readonly (readonly [RegExp, (given: Case) => boolean])[] = [
  [/^kubectl get pods -A -o wide(?: --field-selector spec\.nodeName=\S+)?$/, showsAllPods],
  [/^kubectl get nodes -o wide$/, ({ cluster, facts }) => !cutLists(cluster).has('nodes') && facts.nodes.length > 1],
  // Only whole objects have annotations.
  [
    /^kubectl get nodes -o yaml$/,
    ({ cluster, facts }) => !cutLists(cluster).has('nodes') && facts.nodeAnnotations.length > 0,
  ],
  [
    /^kubectl get endpointslices -A -o yaml$/,
    ({ cluster, facts }) => !cutLists(cluster).has('endpoints') && facts.endpoints.length > 1,
  ],
];

/** The log of the pod's last container as well, by names that all collectors put into the path: the present one may not say why. */
const hasLogOf = ({ scene, facts }: Case, pod: string): boolean => {
  const sources = new Set(facts.logs.map(({ source }) => source));
  return [...sources].some((source) => scene.file(source).includes(pod) && /previous/i.test(scene.file(source)));
};

/** A tap on all devices of the node, that what happens inside it can be read from. */
export const capturedAll = ({ scene }: Case, node: string): boolean =>
  scene.taps.some((tap) => tap.kind !== 'log' && tap.node === node && onAllDevices(tap));

/** What a command prints, and whether the bundle shows all of it. */
const PRINTS: readonly (readonly [RegExp, (host: Host, dev: string | undefined) => boolean])[] = [
  [/^ip addr$/, ({ addresses }) => addresses[4].shown === 'whole' && addresses[6].shown === 'whole'],
  [/^ip (?:-d )?link(?: show (?:dev )?(\S+))?$/, detailed],
  [
    /^bridge fdb(?: show(?: dev (\S+))?)?$/,
    ({ fdb }, dev) => fdb.shown === 'whole' || fdb.wholeFor?.has(dev!) === true,
  ],
  [/^ip route$/, ({ tables }) => tables.get('4 main')?.shown === 'whole'],
  [/^ip rule$/, ({ rules }) => rules[4].shown === 'whole'],
  [/^(?:iptables-save(?: -c)?|nft list ruleset)$/, ruled],
  [/^sysctl -a$/, ({ wholeSysctls }) => wholeSysctls.length > 0],
];

function isShown(host: Host, command: string): boolean {
  for (const [pattern, shown] of PRINTS) {
    const match = pattern.exec(command);
    if (match !== null) return shown(host, match[1]);
  }
  return false;
}

/** `ip -d link`: the settings of the device, or a list with settings and loopback, which such a list begins with. */
function detailed({ devices }: Host, dev: string | undefined): boolean {
  const kinds = new Set(
    [...devices.values()].flatMap(({ links }) => links.filter((l) => l.kind !== undefined).map((l) => l.source)),
  );
  const whole = devices.get('lo')?.links.some(({ source }) => kinds.has(source)) === true;
  return whole || (dev !== undefined && devices.get(dev)?.links.some(({ kind }) => kind !== undefined) === true);
}

/**
 * All tables of nft, or the two of iptables that decide about most packets, are there, whole; which back end has them does not matter
 * to an ask for rules.
 */
function ruled({ rulesets }: Host): boolean {
  const four = rulesets.filter(({ family }) => family === 4);
  if (four.some(({ allTables, tables }) => allTables && tables.size > 0)) return true;
  return ['nat', 'filter'].every((name) => four.some(({ tables }) => tables.get(name)?.shown === 'whole'));
}
