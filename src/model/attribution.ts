import type { ArtifactRow, HostClaim, SourceRow } from '../store/dimensions.js';
import type { Facts } from './facts.js';
import { isKindFolder, nameBesideContent, nameByLayout, nameInFile, tellsHost } from './layout.js';
import { hostsOfSections } from './sections.js';

/** Surest first (a prompt stands at the very line; a path may be an accident). */
const SURENESS = ['prompt', 'syslog', 'hostname-file', 'uname', 'sysctl', 'path'] as const;
/** Claims that speak for the whole folder they lie in, not only for their own file. */
const SPEAKS_FOR_FOLDER = new Set(['hostname-file', 'uname', 'sysctl']);

/** What the cluster says of all its nodes, and pods' logs, which lie where somebody put them: they tell nothing of a folder. */
const OF_THE_CLUSTER =
  /^(kubectl-|kubernetes-object$|k8s-events$|ippool$|calicoctl-|flannel-log$|calico-log$|kubelet-log$|inventory-csv$)/;

/** Characters of a name that is looked for in paths. */
const SHORTEST_NAME = 3;

const lower = (name: string): string => name.toLowerCase();
const short = (name: string): string => lower(name).split('.')[0]!;

/** Maps every name that a host goes by to one node name. */
export class NodeNames {
  readonly #known = new Map<string, string>();
  readonly names = new Set<string>();
  /** Made when asked for; undefined after a change. */
  #lengths: readonly number[] | undefined;

  constructor(facts: NamingFacts) {
    for (const node of facts.nodes) this.#add(node.name, node.name, node.hostname, node.internal_ip, node.external_ip);
    for (const a of facts.nodeAddresses) if (this.names.has(a.node)) this.#add(a.node, a.address);
    for (const pod of facts.pods) if (pod.node !== undefined) this.#known.set(lower(pod.name), this.of(pod.node));
  }

  /** The node that a name means; a name nobody listed stands for itself. */
  of(name: string): string {
    return this.#known.get(lower(name)) ?? this.#known.get(short(name)) ?? name;
  }

  /** True when the name is a listed node, one of its aliases, or a pod. */
  knows(name: string): boolean {
    return this.#known.has(lower(name)) || this.#known.has(short(name));
  }

  /** Another name for a node. */
  alias(name: string, node: string): void {
    this.#lengths = undefined;
    this.#known.set(lower(name), node);
  }

  /** The node of a name as it stands in lower case. */
  spelled(name: string): string | undefined {
    return this.#known.get(name);
  }

  /** Lengths of all names that are long enough to stand in a path by no accident, longest first. */
  get lengths(): readonly number[] {
    this.#lengths ??= [...new Set([...this.#known.keys()].map((name) => name.length))]
      .filter((length) => length >= SHORTEST_NAME)
      .sort((a, b) => b - a);
    return this.#lengths;
  }

  #add(node: string, ...aliases: readonly (string | undefined)[]): void {
    this.names.add(node);
    this.#lengths = undefined;
    for (const alias of aliases) {
      if (alias === undefined || alias === '' || alias === '<none>') continue;
      if (!this.#known.has(lower(alias))) this.#known.set(lower(alias), node);
      if (/[a-z]/i.test(alias) && !alias.includes(':') && !this.#known.has(short(alias)))
        this.#known.set(short(alias), node);
    }
  }
}

const folders = (path: string): string[] => {
  const result: string[] = [];
  for (let at = path.search(/[/!][^/!]*$/); at >= 0; at = path.slice(0, at).search(/[/!][^/!]*$/))
    result.push(path.slice(0, at));
  result.push('');
  return result;
};

/** What may stand before a name in a path, and what behind it: `node-1` is not in `node-12` or `old-node-1`, but in `node-1-ens33.pcap`. */
const BEFORE = /[/!_.\s@(]/;
const AFTER = /[/!_.\-\s@)]/;

/**
 * The node whose name stands in a path, as a whole part or between separators; the longest name, of those the first in the alphabet.
 * Each part of the path is looked up: there may be a hundred thousand names, for as many paths.
 */
function nodeInPath(path: string, names: NodeNames): string | undefined {
  const text = lower(path);
  let best: { readonly name: string; readonly node: string } | undefined;
  for (let from = 0; from < text.length; from++) {
    if (from > 0 && !BEFORE.test(text[from - 1]!)) continue;
    for (const length of names.lengths) {
      if (best !== undefined && length < best.name.length) break;
      const to = from + length;
      if (to > text.length || (to < text.length && !AFTER.test(text[to]!))) continue;
      const name = text.slice(from, to);
      const node = names.spelled(name);
      if (node === undefined) continue;
      if (best === undefined || length > best.name.length || name < best.name) best = { name, node };
      break;
    }
  }
  return best?.node ?? fileOfNode(text, names);
}

/**
 * A file that is called by a node's name alone (`w2.pcap`), however short that is, or begins with one that has a number
 * (`w2-ip_route`, `w2_iptables-save`): no accident.
 */
function fileOfNode(text: string, names: NodeNames): string | undefined {
  const base = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('!')) + 1);
  const stem = base.split('.')[0]!;
  const begins = /^[a-z]+\d+(?=[-_])/.exec(stem)?.[0];
  for (const name of [stem, begins]) {
    const node = name === undefined ? undefined : names.spelled(name);
    if (node !== undefined && names.names.has(node) && lower(node) === name) return node;
  }
  return undefined;
}

/** What nodes are told by. Routes tell it of dumps beneath a word alone, and are large: who has not read them yet leaves them out. */
export type NamingFacts = Pick<Facts, 'nodes' | 'nodeAddresses' | 'pods' | 'addresses'> &
  Partial<Pick<Facts, 'routes'>>;

export interface AttributionInput {
  readonly artifacts: readonly ArtifactRow[];
  readonly sources: SourceRow[];
  readonly claims: readonly HostClaim[];
  readonly facts: NamingFacts;
  /** Base name of the bundle itself. */
  readonly bundle: string;
}

/** Says which node every source belongs to (bundle layouts, 2.1). Changes `sources` in place; returns the names. */
export function attributeNodes({ artifacts, sources, claims, facts, bundle }: AttributionInput): NodeNames {
  const names = new NodeNames(facts);
  const pathOf = (source: SourceRow): string => artifacts[source.artifact - 1]!.file;
  const claimsOf = new Map<number, HostClaim[]>();
  for (const claim of claims) {
    const list = claimsOf.get(claim.source);
    if (list === undefined) claimsOf.set(claim.source, [claim]);
    else list.push(claim);
  }

  // `docker exec NAME` where nodes are containers, and kubectl exec into a pod of the node's own network.
  const onHost = new Set(facts.pods.filter((pod) => pod.host_network === true).map((pod) => pod.name));
  for (const source of sources) {
    const inside = /^pod (\S+)$/.exec(source.netns ?? '')?.[1];
    if (inside === undefined || !(names.names.has(inside) || onHost.has(inside))) continue;
    source.host = inside;
    source.netns = undefined;
  }

  // The prompt inside a pod has the pod's name, and what is typed there shows the pod's own network.
  const nodeIps = new Set(facts.nodes.flatMap((node) => [node.internal_ip, node.external_ip]));
  const ownNetwork = new Map(
    facts.pods
      .filter((pod) => pod.host_network !== true && pod.ip !== undefined && !nodeIps.has(pod.ip))
      .map((pod) => [pod.name, pod] as const),
  );
  for (const source of sources) {
    if (source.netns === undefined && source.host !== undefined && ownNetwork.has(source.host))
      source.netns = `pod ${source.host}`;
  }

  // A host that has a listed node's address is that node, whatever it calls itself.
  const nodeByAddress = new Map<string, string>();
  for (const node of facts.nodes) if (node.internal_ip !== undefined) nodeByAddress.set(node.internal_ip, node.name);
  for (const a of facts.nodeAddresses) if (a.type === 'InternalIP') nodeByAddress.set(a.address, a.node);
  for (const pod of facts.pods)
    if (pod.host_network === true && pod.ip !== undefined && pod.node !== undefined && !nodeByAddress.has(pod.ip))
      nodeByAddress.set(pod.ip, names.of(pod.node));
  const addressedNode = new Map<number, string>();
  for (const a of facts.addresses) {
    const node = nodeByAddress.get(a.address);
    if (node !== undefined && sources[a.source - 1]?.netns === undefined) addressedNode.set(a.source, node);
  }

  const sectionHosts = hostsOfSections(sources, names, addressedNode, facts);
  for (const [source, host] of sectionHosts) if (ownNetwork.has(host)) sources[source - 1]!.netns ??= `pod ${host}`;

  const claimed = (source: SourceRow): string | undefined => {
    const section = sectionHosts.get(source.source);
    if (section !== undefined) return section;
    const own = [...(claimsOf.get(source.source) ?? [])].sort(
      (a, b) => SURENESS.indexOf(a.how) - SURENESS.indexOf(b.how),
    );
    const logged =
      /^(?:kubectl|oc|crictl|docker)\s+logs\b.*?\s(?:pods?\/)?([a-z0-9][a-z0-9.-]*-[a-z0-9]{5})(?:\s|$)/.exec(
        source.command ?? '',
      )?.[1];
    if (logged !== undefined && names.knows(logged)) return logged;
    return own[0]?.host ?? source.host;
  };
  for (const source of sources) {
    const host = claimed(source);
    const node = addressedNode.get(source.source);
    if (host !== undefined && node !== undefined && !names.knows(host)) names.alias(host, node);
  }
  const addressedIn = new Map<string, Set<string>>();
  for (const [source, node] of addressedNode)
    for (const folder of folders(pathOf(sources[source - 1]!)))
      addressedIn.set(folder, (addressedIn.get(folder) ?? new Set()).add(node));
  // A hostname file beside `ip addr` output with a listed node's address: the two names mean one node.
  for (const claim of claims) {
    const source = sources[claim.source - 1]!;
    if (!SPEAKS_FOR_FOLDER.has(claim.how) || names.knows(claim.host) || source.netns !== undefined) continue;
    const [own, above] = folders(pathOf(source)) as [string, string | undefined];
    const folder = above !== undefined && isKindFolder(own.replace(/^.*[/!]/, '')) ? above : own;
    if (folder === '') continue;
    const beside = addressedIn.get(folder);
    if (beside?.size === 1) names.alias(claim.host, [...beside][0]!);
  }
  for (const source of sources) {
    const host = claimed(source);
    if (host !== undefined && !names.knows(host)) names.alias(host, host);
  }

  // What a folder's own hostname files say holds for everything beneath it, as long as they agree; for folders around it as long as
  // no other one beneath those may be another host's.
  const folderHosts = new Map<string, Set<string>>();
  const tellingFolders = new Set(
    sources.flatMap((s) => (tellsHost(s.format) && s.netns === undefined ? [folders(pathOf(s))[0]!] : [])),
  );
  /** How many of them lie in a folder, or are it. */
  const telling = new Map<string, number>();
  for (const told of tellingFolders)
    for (const folder of new Set([told, ...folders(told)])) telling.set(folder, (telling.get(folder) ?? 0) + 1);
  /** Whether `around` holds a telling folder that does not lie in `own`, which lies in it itself. */
  const holdsOthers = (around: string, own: string): boolean => (telling.get(around) ?? 0) > (telling.get(own) ?? 0);
  for (const claim of claims) {
    if (!SPEAKS_FOR_FOLDER.has(claim.how)) continue;
    const source = sources[claim.source - 1]!;
    if (source.netns !== undefined || OF_THE_CLUSTER.test(source.format ?? '')) continue;
    const around = folders(pathOf(source));
    const own = around.find((folder) => !isKindFolder(folder.replace(/^.*[/!]/, ''))) ?? '';
    for (const folder of around) {
      if (folder.length < own.length && holdsOthers(folder, own)) break;
      const hosts = folderHosts.get(folder) ?? new Set();
      hosts.add(names.of(claim.host));
      folderHosts.set(folder, hosts);
    }
  }
  const folderNode = (path: string): string | undefined => {
    for (const folder of folders(path)) {
      const hosts = folderHosts.get(folder);
      if (hosts !== undefined) return hosts.size === 1 ? [...hosts][0] : undefined;
    }
    return undefined;
  };

  const bundleNode = nodeInPath(bundle, names);
  for (const source of sources) {
    const host = claimed(source);
    const path = pathOf(source);
    source.node =
      (host === undefined ? undefined : names.of(host)) ??
      addressedNode.get(source.source) ??
      nodeInPath(path, names) ??
      folderNode(path) ??
      bundleNode;
  }
  spreadWithinFolders(sources, pathOf, names);
  nameByLayout(sources, pathOf, facts);
  return names;
}

/**
 * A folder none of whose files names its host except through addresses (`node-b/ip_addr.txt` of a node listed by
 * kubectl): files beside it belong to the same node, as long as only one node is told in that folder. The top folder is
 * left out: files lying there side by side are usually of several nodes. So it is where files are named after hosts:
 * `node-a_ip_addr` says nothing of `node-b_ip_route` beside it, whatever node it is of.
 */
function spreadWithinFolders(
  sources: readonly SourceRow[],
  pathOf: (source: SourceRow) => string,
  names: NodeNames,
): void {
  const told = new Map<string, Set<string>>();
  const named = new Map<string, (path: string) => string | undefined>();
  const tell = (key: string, node: string): void => {
    told.set(key, (told.get(key) ?? new Set()).add(node));
  };
  const ofHost = sources.filter((source) => !OF_THE_CLUSTER.test(source.format ?? ''));
  for (const source of ofHost) {
    const path = pathOf(source);
    const folder = folders(path)[0]!;
    if (source.node === undefined || folder === '') continue;
    tell(folder, source.node);
    const afterNode = nodeInPath(path.slice(folder.length + 1), names) === source.node;
    if (afterNode) named.set(folder, nameInFile);
    else if (nameBesideContent(path) !== undefined && !named.has(folder)) named.set(folder, nameBesideContent);
    const name = nameInFile(path);
    if (name !== undefined) tell(`${folder}/${name}`, source.node);
  }
  for (const source of ofHost) {
    if (source.node !== undefined) continue;
    const folder = folders(pathOf(source))[0]!;
    const name = named.get(folder)?.(pathOf(source));
    const nodes = told.get(name === undefined ? folder : `${folder}/${name}`);
    if (nodes?.size === 1) source.node = [...nodes][0];
  }
}
