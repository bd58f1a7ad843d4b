import type { SourceRow } from '../store/dimensions.js';
import type { Facts } from './facts.js';

/** Formats that describe the host they were taken on. */
const OF_A_HOST =
  /^(ip-(addr|json|route|rule|neigh)|talos-resource|route-n|ifconfig|arp|bridge-fdb|iptables-(save|list)|nft-ruleset|ipset-(list|save|xml)|sysctl|conntrack(-stats|-xml)?|kernel-log|ipvsadm|ufw|firewalld|ethtool|nstat|netstat-s|proc-net-\w+|softnet-stat|subnet-env)$/;
/** Formats that tell a host's addresses or routes: without one of them a folder is no host's. */
const TELLS_HOST = /^(ip-(addr|json|route)|talos-resource|route-n|ifconfig|iptables-save)$/;
/** True for formats that show of themselves that a folder is a host's. */
export const tellsHost = (format: string | undefined): boolean => TELLS_HOST.test(format ?? '');

/** Folder names that collectors and people give to kinds of things, not to hosts. */
const KIND =
  /^(network(ing|s|_logs)?|host_service_logs|net|commands?|cmds?|outputs?|logs?|journal(d|ctl)?|system(info|d|logs)?|sos_commands|firewall(_tables)?|host|hosts|nodes?|collect(ed|ion)?|diag(s|nostics?)?|var|etc|proc|sysctls?|sys|run|files?|ip|iptables|ipset|routes?|cni|flannel|calico|canal|cilium|captures?|pcaps?|tcpdump|dumps?|info|data|misc|configs?|kubectl|k8s|kubernetes|kubelet|cluster|pods?|kube-system|kernel|conntrack|resources|(service|kubernetes)-logs|linux|run-host|support|bundle|tmp|root|home|before|after|old|new|broken|healthy|good|bad|fixed)$/i;
/** Words of file names that say what is in them. */
const CONTENT =
  /^(ip[46]?|ip6?tables|addr(ess(es)?)?|link|links|route|routes|routing|rule|rules|neigh(bou?rs?)?|arp|fdb|bridge|save|list|show|nat|filter|mangle|raw|ipset|ipsets|sysctl|sysctls|dmesg|kern(el)?|log|logs|syslog|messages|conntrack|tcpdump|pcap|pcapng|cap|capture|dump|trace|nft|ruleset|ifconfig|netstat|ss|table|all|txt|out|output|json|any|eth\d*|ens\w*|eno\d*|enp\w*|bond\d*|cni\d|flannel|vxlan|nvl|main|net|network|info|config|node|host|kubectl|get|\d+)$/i;

/** Names of files that say nothing of what is in them, and nothing of a host: `file003.txt`, `attachment-2.log`, `untitled (1)`. */
const ANYTHING =
  /^\(?(files?|parts?|pages?|pasted?|pastes|attach(ments?|ed)?|snippets?|texts?|untitled|unnamed|documents?|docs?|copy|new|sessions?|consoles?|terminals?|screen(shots?)?|items?|sections?|steps?|cmds?|commands?|msg|comments?|notes?|uploads?|std(in|out|err)|results?|answers?|\d+)\d*\)?$/i;
/** Hosts that have a number or a letter for a name; a dash or underscore in it is kept from the splitting below. */
const NUMBERED =
  /(?<![a-z0-9])(node|host)(?:([-_]?)(?=\d+(?:$|[-_\s]|\.(?!\d)))|([-_])(?=[a-z](?:$|[-_\s]|\.(?!\d))))/gi;
const kept = (joint: string): string => (joint === '' ? '\u0001' : joint === '-' ? '\u0002' : '\u0003');
const IS_NUMBERED = /^(?:node|host)[\u0001-\u0003](?:\d+|[a-z])$/i;
const restored = (name: string): string =>
  name.replaceAll('\u0001', '').replaceAll('\u0002', '-').replaceAll('\u0003', '_');

/** Folder of OpenShift's must-gather, named after the image that collected: `quay-io-…-sha256-DIGEST`. */
const IMAGE = /-sha256-[0-9a-f]{32,64}$/;

/** True for folder names that say what lies in them and not on which host it was taken. */
export const isKindFolder = (name: string): boolean => KIND.test(name) || IMAGE.test(name);

const parts = (path: string): string[] => path.split(/[/!]/);

/** The nearest folder that is named after something and not after a kind of thing; without archive suffixes and dates. */
function folderName(path: string): string | undefined {
  for (const part of parts(path).slice(0, -1).reverse()) {
    const name = part
      .replace(/\.(tar(\.\w+)?|tgz|zip|txz)$/i, '')
      .replace(/[-_.](?:\d{4}-?\d\d-?\d\d)(?:[-_T]?[\d_:-]{4,8})?$/, '');
    if (name !== '' && /[a-z0-9]/i.test(name) && !isKindFolder(name)) return name;
  }
  return undefined;
}

/** The pod that OpenShift's must-gather ran the command in: `NODE_ovnkube-node-x2x4z_ip_addr` (`collection-scripts/gather_network_logs`). */
const POD_OF_NODE = /(?<=[^_])_(?:ovnkube-(?:node|master)|sdn|ovs)-[a-z0-9]{5}(?=_)/;

/** What is left of `worker2_ip_route.txt` without the words that say what is in it: `worker2`. */
export function nameInFile(path: string): string | undefined {
  const base = parts(path)
    .at(-1)!
    .replace(/\.(txt|log|out|json|gz|xz|pcap|pcapng|cap)$/gi, '')
    .replace(POD_OF_NODE, '')
    // Options of a command in the name: `NODE_ip_-s_-d_link`.
    .replace(/(?<=_)-[a-zA-Z]_/g, '')
    .replace(NUMBERED, (_, word: string, a?: string, b?: string) => `${word}${kept(a ?? b ?? '')}`);
  const words = base.replace(/(^|[-_.\s])ip[-_.\s]+(-\w+[-_.\s]+)*[arlndo](?=$|[-_.\s])/gi, '$1').split(/([-_.\s]+)/);
  const tellsContent = (word: string): boolean =>
    !IS_NUMBERED.test(word) &&
    (CONTENT.test(word.replace(/(\D)\d$/, '$1')) || ANYTHING.test(word) || /^[-_.\s]*$/.test(word));
  // `worker-1`: the number is the host's, unless it follows a word of the content.
  const isHosts = (): boolean =>
    words.length >= 3 && /^\d{1,3}$/.test(words.at(-1)!) && words.at(-2) === '-' && !tellsContent(words.at(-3)!);
  while (words.length > 0 && tellsContent(words.at(-1)!) && !isHosts()) words.pop();
  while (words.length > 0 && tellsContent(words[0]!)) words.shift();
  const name = restored(words.join(''));
  return /[a-z]/i.test(name) && name.length >= 2 ? name : undefined;
}

/** The name in a file's name that has words of its content as well: none where the whole may be such a word (`ipaddrshow`, `srv-b.txt`). */
export function nameBesideContent(path: string): string | undefined {
  const name = nameInFile(path);
  const base = parts(path).at(-1)!;
  return name === undefined || base.replace(/\.[a-z0-9]{1,6}$/i, '') === name || base === name ? undefined : name;
}

/** Folders that all files have in common say nothing of one of them. */
function commonDepth(paths: readonly string[]): number {
  const split = paths.map((path) => parts(path).slice(0, -1));
  let depth = 0;
  while (split.length > 0 && split.every((p) => p[depth] !== undefined && p[depth] === split[0]![depth])) depth++;
  return depth;
}

/** Name for the one host of a bundle in which nothing tells how it is called. */
const UNNAMED = 'unnamed-node';

/**
 * Hosts that only the layout tells apart: a folder for each, or files named after each. Last resort, used for sources
 * whose node nothing else told. The folder or file name stands for the node then.
 */
export function nameByLayout(
  sources: readonly SourceRow[],
  pathOf: (source: SourceRow) => string,
  facts: Pick<Facts, 'addresses'>,
): void {
  const open = sources.filter((s) => s.node === undefined && s.netns === undefined);
  const tells = open.filter((s) => TELLS_HOST.test(s.format ?? ''));
  if (tells.length === 0) return;
  const depth = commonDepth(sources.map(pathOf));
  const inner = (source: SourceRow): string => parts(pathOf(source)).slice(depth).join('/');
  const byFolder = new Set(tells.map((s) => folderName(inner(s))).filter((name) => name !== undefined));
  for (const name of sharedFolders(tells, inner)) byFolder.delete(name);
  for (const source of open) {
    const name = folderName(inner(source));
    if (name !== undefined && byFolder.has(name)) source.node = name;
  }
  const flat = open.filter((s) => s.node === undefined);
  const byFile = new Set(
    flat
      .filter((s) => TELLS_HOST.test(s.format ?? ''))
      .map((s) => nameInFile(inner(s)))
      .filter((name) => name !== undefined),
  );
  // One name alone is the ticket's or the paste's; several are hosts.
  for (const source of byFile.size < 2 ? [] : flat) {
    const name = nameInFile(inner(source));
    if (name !== undefined && byFile.has(name)) source.node = name;
  }
  nameByTranscript(flat, pathOf);
  nameTheOnly(flat, facts);
}

/** Folders of several hosts: the same command's output lies in them more than once, in files named after different ones. */
function sharedFolders(tells: readonly SourceRow[], inner: (source: SourceRow) => string): readonly string[] {
  const named = new Map<string, Set<string>>();
  for (const source of tells) {
    const [folder, file] = [folderName(inner(source)), nameBesideContent(inner(source))];
    if (folder === undefined || file === undefined) continue;
    const key = `${folder}/${source.format}`;
    named.set(key, (named.get(key) ?? new Set()).add(file));
  }
  return [...named].flatMap(([key, hosts]) => (hosts.size < 2 ? [] : [key.slice(0, key.lastIndexOf('/'))]));
}

/**
 * Files that are called anything (`file1.txt`, `paste-2`), of which each has both the addresses and the routes of a host: a host each.
 * A file with one command's output alone is no host: there may be ten of them of the same.
 */
function nameByTranscript(flat: readonly SourceRow[], pathOf: (source: SourceRow) => string): void {
  const files = new Map<string, SourceRow[]>();
  for (const source of flat) {
    if (source.node !== undefined || !OF_A_HOST.test(source.format ?? '')) continue;
    files.set(pathOf(source), [...(files.get(pathOf(source)) ?? []), source]);
  }
  const whole = [...files].filter(
    ([, own]) =>
      own.some((s) => /^(ip-addr|ifconfig)$/.test(s.format ?? '')) &&
      own.some((s) => /^(ip-route|route-n)$/.test(s.format ?? '')),
  );
  if (whole.length < 2) return;
  for (const [path, own] of whole) {
    const name = parts(path)
      .at(-1)!
      .replace(/\.(txt|log|out|md)$/i, '');
    for (const source of own) source.node = name;
  }
}

/** What is left is one host's when no interface has two different addresses and no file tells interfaces a second time. */
function nameTheOnly(flat: readonly SourceRow[], facts: Pick<Facts, 'addresses'>): void {
  const left = new Set(flat.filter((s) => s.node === undefined && OF_A_HOST.test(s.format ?? '')).map((s) => s.source));
  const seen = new Map<string, { readonly source: number; readonly address: string }>();
  for (const a of facts.addresses) {
    if (!left.has(a.source) || a.ifname === 'lo' || a.address.includes(':')) continue;
    const known = seen.get(a.ifname);
    if (known !== undefined && known.source !== a.source && known.address !== a.address) return;
    if (known === undefined) seen.set(a.ifname, { source: a.source, address: a.address });
  }
  if (seen.size === 0) return;
  for (const source of flat) if (left.has(source.source)) source.node = UNNAMED;
}
