/** Whether this machine lets us make network namespaces with real devices and rules, as the kernel test needs them. */
import { spawnSync } from 'node:child_process';

const TOOLS = [
  'unshare',
  'python3',
  'ip',
  'bridge',
  'sysctl',
  'ipset',
  'iptables-legacy-restore',
  'iptables-nft-restore',
];

/** Every kind of thing that the test makes, once, in namespaces that end with the command. */
const PROBE = `set -e
ip link add name probe0 type veth peer name probe1
ip link add name probe2 type bridge
ip link add name probe3 type vxlan id 1 dev probe0 dstport 8472
ipset create s hash:ip
printf '*filter\\n-A FORWARD -m conntrack --ctstate NEW -m set --match-set s src -j DROP\\nCOMMIT\\n' > "$1"
iptables-legacy-restore "$1"
iptables-nft-restore "$1"
sysctl -q net.bridge.bridge-nf-call-iptables`;

/** Why namespaces are not to be had; undefined when they are. */
export function whyNoNamespaces() {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const missing = TOOLS.filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length > 0) return `no ${missing.join(', ')} (apt-get install iproute2 iptables ipset procps python3)`;
  const probe = 'rules=$(mktemp); trap \'rm -f "$rules"\' EXIT; sh -c "$0" probe "$rules"';
  const tried = spawnSync('unshare', ['--net', '--mount', '--propagation', 'private', 'sh', '-c', probe, PROBE], {
    encoding: 'utf8',
  });
  if (tried.status === 0) return undefined;
  return `the kernel refuses: ${tried.stderr.trim().split('\n').at(-1)}`;
}
