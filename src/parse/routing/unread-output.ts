import type { Command } from './command.js';

/** Shows the network, or what a cluster knows of it: output that would be missed. */
const NETWORK =
  /^(?:antctl|arp|arping|bird[c6]?|birdcl|bpftool|brctl|bridge|calicoctl|cilium|cilium-dbg|cilium-health|conntrack|dig|etcdctl|ethtool|firewall-cmd|gobgp|hubble|ifconfig|ifstat|ip|ip6tables|ip6tables-save|iperf3?|ipset|iptables|iptables-save|ipvsadm|lldpctl|lnstat|mtr|netstat|networkctl|nft|nmcli|nslookup|nstat|ovn-nbctl|ovn-sbctl|ovs-appctl|ovs-dpctl|ovs-ofctl|ovs-vsctl|ping6?|resolvectl|route|ss|sysctl|tc|tracepath|traceroute|ufw|vtysh|weave|wg)$/;
/** Of these only what shows something, not what changes it. */
const SHOWS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:kubectl|oc|k)$/, / (?:get|describe) /],
  [/^(?:crictl|ctr|docker|nerdctl|podman)$/, / (?:network|inspect|inspectp) /],
  [
    /^cat$/,
    / \/(?:etc\/(?:cni|netplan|network|sysconfig\/network)|proc\/(?:net|sys\/net)|run\/(?:flannel|cni)|sys\/class\/net)\//,
  ],
];
/** A word that says which output it is: no address, name of an object's file, assignment or key. */
const SAYS_WHICH = /^(?:-{0,2}[A-Za-z][A-Za-z-]{0,30}|-\d|\/[\w./-]{1,80})$/;
const MOST_WORDS = 5;

/**
 * What to call a command whose output no parser reads, when that output shows the network: `wg show`, `ethtool -S`. Undefined for what can
 * show none (an editor, `ls`) and for what changes something (`kubectl apply`), whose output nobody misses.
 */
export function unreadOutput({ text }: Command): string | undefined {
  const [tool = '', ...rest] = text.split(/\s+/);
  const shows = NETWORK.test(tool) || SHOWS.some(([tools, what]) => tools.test(tool) && what.test(`${text} `));
  if (!shows) return undefined;
  const end = rest.findIndex((word) => !SAYS_WHICH.test(word));
  return [tool, ...rest.slice(0, Math.min(MOST_WORDS - 1, end < 0 ? rest.length : end))].join(' ');
}
