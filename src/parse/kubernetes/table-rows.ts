import { canonicalAddress } from '../../core/address.js';
import { endpoint, node, nodeAddress, pod, service, servicePort, setting } from '../../core/event/kubernetes.js';
import { networkPolicy, objectLabels } from '../../core/event/policy.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';

/** What each kind of `kubectl get` table says; cells are keyed by heading, `<none>` and the like are gone. */

type Cells = ReadonlyMap<string, string>;

/** A row's cells with what the command adds. */
export interface Row {
  readonly cells: Cells;
  readonly namespace?: string | undefined;
  /** Object name without a `pod/` prefix. */
  readonly name: string;
}

/** Emits one row of a known table; false when the cells contradict the kind. */
export type RowReader = (row: Row, sink: Sink, at: Line) => boolean;

/** `<none>`, `<unknown>`, `<pending>`, `<nodes>`, `<unset>`, `<error>`, `<invalid>`: the printers' words for nothing. */
export function present(cell: string | undefined): string | undefined {
  return cell === undefined || cell === '' || /^<[a-z]+>$/.test(cell) || cell === '-' ? undefined : cell;
}

const addressIn = (cell: string | undefined): string | undefined =>
  cell === undefined ? undefined : canonicalAddress(cell);

const label = (labels: string | undefined, key: string): string | undefined =>
  labels
    ?.split(',')
    .find((pair) => pair.startsWith(`${key}=`))
    ?.slice(key.length + 1);

const nodeRow: RowReader = ({ cells, name }, sink, at) => {
  const status = cells.get('STATUS');
  if (status !== undefined && !/^(?:Not)?Ready|^Unknown|^SchedulingDisabled/.test(status)) return false;
  const internal = addressIn(cells.get('INTERNAL-IP'));
  const external = addressIn(cells.get('EXTERNAL-IP'));
  const cidrs = podCidrs(cells);
  sink.emit(
    node,
    {
      name,
      status,
      roles: present(cells.get('ROLES')),
      internal_ip: internal,
      external_ip: external,
      hostname: label(cells.get('LABELS'), 'kubernetes.io/hostname'),
      pod_cidrs: cidrs,
      os_image: present(cells.get('OS-IMAGE')),
      kernel: present(cells.get('KERNEL-VERSION')),
      runtime: present(cells.get('CONTAINER-RUNTIME')),
      kubelet: cells.get('VERSION'),
    },
    at,
  );
  if (internal !== undefined) sink.emit(nodeAddress, { node: name, type: 'InternalIP', address: internal }, at);
  if (external !== undefined) sink.emit(nodeAddress, { node: name, type: 'ExternalIP', address: external }, at);
  return true;
};

/** Custom columns have the names their author liked: POD-CIDR, PODCIDR, CIDR, podCIDRs printed as `[a b]`. */
function podCidrs(cells: Cells): readonly string[] | undefined {
  for (const [heading, cell] of cells) {
    if (!/^(?:POD[-_ ]?)?(?:CIDRS?|SUBNET)$/i.test(heading)) continue;
    const found = cell.split(/[\s,[\]]+/).flatMap((word) => canonicalPrefix(word) ?? []);
    if (found.length > 0) return found;
  }
  return undefined;
}

const podRow: RowReader = ({ cells, name, namespace }, sink, at) => {
  const ready = present(cells.get('READY'));
  if (ready !== undefined && !/^\d+\/\d+$/.test(ready)) return false;
  const restarts = /^\d+/.exec(cells.get('RESTARTS') ?? '')?.[0];
  sink.emit(
    pod,
    {
      namespace,
      name,
      ip: addressIn(cells.get('IP') ?? cells.get('POD-IP') ?? cells.get('PODIP') ?? cells.get('IPV4')),
      node: present(cells.get('NODE')),
      phase: present(cells.get('STATUS')),
      ready,
      restarts: restarts === undefined ? undefined : Number(restarts),
    },
    at,
  );
  labelsRow('Pod', { cells, name, namespace }, sink, at);
  return true;
};

/** `--show-labels`: `app=web,role=frontend`. */
function labelsRow(kind: 'Pod' | 'Namespace', { cells, name, namespace }: Row, sink: Sink, at: Line): void {
  const cell = cells.get('LABELS');
  if (cell === undefined || cell === '') return;
  const labels = cell === '<none>' ? [] : cell.split(',');
  if (labels.every((pair) => pair.includes('='))) sink.emit(objectLabels, { kind, namespace, name, labels }, at);
}

const namespaceRow: RowReader = (row, sink, at) => {
  labelsRow('Namespace', { ...row, namespace: undefined }, sink, at);
  return true;
};

const serviceRow: RowReader = ({ cells, name, namespace }, sink, at) => {
  const clusterIp = present(cells.get('CLUSTER-IP'));
  const canonical = addressIn(clusterIp) ?? (clusterIp === 'None' ? 'None' : undefined);
  const type = cells.get('TYPE');
  if (type !== undefined && !/^(?:ClusterIP|NodePort|LoadBalancer|ExternalName)$/.test(type)) return false;
  const external = (present(cells.get('EXTERNAL-IP')) ?? '').split(',').flatMap((ip) => canonicalAddress(ip) ?? []);
  sink.emit(
    service,
    {
      namespace,
      name,
      type,
      cluster_ip: canonical,
      external_ips: external.length > 0 ? external : undefined,
      selector: present(cells.get('SELECTOR')),
    },
    at,
  );
  for (const port of (present(cells.get('PORT(S)')) ?? '').split(',')) {
    // 80/TCP, 443:30443/TCP
    const match = /^(\d+)(?::(\d+))?\/(\w+)$/.exec(port.trim());
    if (match === null) continue;
    sink.emit(
      servicePort,
      {
        namespace,
        service: name,
        protocol: match[3]!,
        port: Number(match[1]),
        node_port: match[2] === undefined ? undefined : Number(match[2]),
      },
      at,
    );
  }
  return true;
};

/** `namespace/name`, or the name alone when the namespace was not shown. */
export const qualified = (namespace: string | undefined, name: string): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** Splits `10.0.0.1:53,10.0.0.2:53 + 3 more...`: what is listed, and how many are not. */
export function endpointList(cell: string): { readonly listed: readonly string[]; readonly more: number } {
  const more = /\s*\+\s*(\d+) more\.*$/.exec(cell);
  const listed = (more === null ? cell : cell.slice(0, more.index)).split(',').filter((word) => word !== '');
  return { listed, more: Number(more?.[1] ?? 0) };
}

/** `1.2.3.4:53` and `[fd00::1]:53`, also without a port. */
export function addressAndPort(text: string): { readonly address: string; readonly port?: number } | undefined {
  const match = /^\[?([0-9a-fA-F.:]+?)\]?(?::(\d{1,5}))?$/.exec(text);
  const whole = canonicalAddress(text);
  if (whole !== undefined) return { address: whole };
  const address = match === null ? undefined : canonicalAddress(match[1]!);
  if (address === undefined || match?.[2] === undefined) return undefined;
  return { address, port: Number(match[2]) };
}

/** A list that is known to be empty or cut is a fact of its own: without it, "no endpoint" and "not shown" look alike. */
export function emitEndpointCount(sink: Sink, object: string, more: number | 'none', at: Line): void {
  if (more === 'none') sink.emit(setting, { component: 'endpoints', object, key: 'addresses', value: '<none>' }, at);
  else if (more > 0) sink.emit(setting, { component: 'endpoints', object, key: 'omitted', value: String(more) }, at);
}

const endpointsRow: RowReader = ({ cells, name, namespace }, sink, at) => {
  const cell = cells.get('ENDPOINTS') ?? '';
  const { listed, more } = endpointList(present(cell) ?? '');
  // One port in TCP and UDP is listed twice, without its protocol.
  const found = [...new Set(listed)].map(addressAndPort);
  if (found.some((one) => one === undefined)) return false;
  for (const one of found)
    sink.emit(endpoint, { namespace, service: name, address: one!.address, port: one!.port, ready: true }, at);
  emitEndpointCount(sink, qualified(namespace, name), listed.length === 0 ? 'none' : more, at);
  return true;
};

/** The table does not tell ready from not ready, and names the slice: its service is the name without the random tail. */
const sliceRow: RowReader = ({ cells, name, namespace }, sink, at) => {
  const owner = name.replace(/-[a-z0-9]{5}$/, '');
  const ports = (present(cells.get('PORTS')) ?? '').split(',').filter((word) => /^\d+$/.test(word));
  const { listed, more } = endpointList(present(cells.get('ENDPOINTS')) ?? '');
  for (const word of listed) {
    const address = canonicalAddress(word);
    if (address === undefined) continue;
    for (const port of ports.length > 0 ? [...new Set(ports)] : [undefined])
      sink.emit(
        endpoint,
        { namespace, service: owner, address, port: port === undefined ? undefined : Number(port), ready: true },
        at,
      );
  }
  emitEndpointCount(sink, qualified(namespace, owner), listed.length === 0 ? 'none' : more, at);
  return true;
};

/** Whether all copies of an agent run: READY of DESIRED. */
const workload =
  (component: string): RowReader =>
  ({ cells, name, namespace }, sink, at) => {
    const desired = cells.get('DESIRED');
    const ready = cells.get('READY');
    if (ready === undefined) return true;
    const value = ready.includes('/') || desired === undefined ? ready : `${ready}/${desired}`;
    sink.emit(setting, { component, object: qualified(namespace, name), key: 'ready', value }, at);
    return true;
  };

const policyRow: RowReader = ({ cells, name, namespace }, sink, at) => {
  const value = cells.get('POD-SELECTOR') ?? '';
  sink.emit(
    setting,
    { component: 'network-policy', object: qualified(namespace, name), key: 'podSelector', value },
    at,
  );
  // The table tells that it is there and for whom, not what it allows.
  const selector = value === '<none>' ? '' : value;
  const types = ['Ingress', 'Egress'];
  sink.emit(networkPolicy, { maker: 'kubernetes', namespace, name, selector, types, unread: ['spec'] }, at);
  return true;
};

const ciliumNodeRow: RowReader = ({ cells, name }, sink, at) => {
  for (const [heading, type] of [
    ['CILIUMINTERNALIP', 'CiliumInternalIP'],
    ['INTERNALIP', 'InternalIP'],
  ] as const) {
    const address = addressIn(cells.get(heading));
    if (address !== undefined) sink.emit(nodeAddress, { node: name, type, address }, at);
  }
  return true;
};

/** Tables that say something about the network, by resource type. Others are read over. */
export const ROWS: ReadonlyMap<string, RowReader> = new Map([
  ['nodes', nodeRow],
  ['pods', podRow],
  ['namespaces', namespaceRow],
  ['services', serviceRow],
  ['endpoints', endpointsRow],
  ['endpointslices', sliceRow],
  ['daemonsets', workload('daemonset')],
  ['deployments', workload('deployment')],
  ['networkpolicies', policyRow],
  ['ciliumnodes', ciliumNodeRow],
  ['ciliumendpoints', podRow],
]);
