import { spawnSync } from 'node:child_process';
import type { Remedy } from '../../src/core/finding.js';

const IPV4 = /(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/;
const IPV6 = /(?<![\w.:])(?:[\da-f]{1,4}:){2,}(?::|[\da-f]{1,4})|(?<![\w:])[\da-f]{1,4}(?::[\da-f]{1,4})*::/i;
const MAC = /(?<![\w:])[\da-f]{2}(?::[\da-f]{2}){5}(?![\w:])/gi;

/** The addresses of a command are of the family that its tool is for. */
function wrongFamily(command: string): boolean {
  const [tool = ''] = command.trim().split(' ');
  const plain = command.replaceAll(MAC, '');
  if (/^ip6tables|^ip -6/.test(command)) return IPV4.test(plain);
  if (/^iptables/.test(tool) || /^ip -4/.test(command)) return IPV6.test(plain);
  return false;
}

/**
 * What is done by a cluster's own tools, from anywhere, or is a remark, for there is nothing to type. All else is typed on a
 * node, and says on which.
 */
const ANYWHERE = /^(?:kubectl|calicoctl|cilium|helm|#) /;

/** Tools that remedies use, as a shell finds them; in words comes only what is written as a remark. */
const TOOL =
  /^(?:apt-get|arping|bridge|calicoctl|cat|cilium|conntrack|curl|dmesg|ethtool|etcdctl|firewall-cmd|helm|ip|ip6tables(?:-legacy)?(?:-save)?|ipset|iptables(?:-legacy|-nft)?(?:-save)?|journalctl|kubectl|ls|lsmod|modprobe|nc|nft|nstat|ping|rm|sed|sysctl|systemctl|tcpdump|traceroute|ufw|update-alternatives)(?=[ ;]|$)/;
/** Words between a command and where to type it, which a terminal would take for arguments. */
const PROSE = / (?:on the|on both|then try|after) |^on /;

/** What is wrong with a line that is offered to be copied: it is a command, or a remark (`# …`, `none …`), never a sentence. */
export function lineFlaws(name: string, line: string): readonly string[] {
  if (/^(?:# |none\b)/.test(line)) return [];
  const [typed = ''] = line.replaceAll(/'[^']*'|"[^"]*"/g, 'QUOTED').split(/\s#\s/);
  return TOOL.test(line) && !PROSE.test(typed) ? [] : [`${name} is no command: ${line}`];
}

/** What is wrong with a remedy as its reader would type it. bash reads the command and does not run it. */
export function remedyFlaws(remedy: Remedy): readonly string[] {
  const { command, why, verify, rollback } = remedy;
  const parts = Object.entries({ command, why, verify, rollback });
  const flaws = parts.flatMap(([name, text]) => [
    ...(name === 'why' ? [] : lineFlaws(name, text)),
    ...(text.trim() === '' ? [`no ${name}`] : []),
    ...(/\bundefined\b|\bNaN\b|\[object |\$\{/.test(text) ? [`${name} is unfinished: ${text}`] : []),
    // A terminal would obey these.
    ...(/\p{Cc}/u.test(text) ? [`${name} has a control character: ${JSON.stringify(text)}`] : []),
  ]);
  const read = spawnSync('bash', ['-n', '-c', command], { encoding: 'utf8' });
  if (read.error !== undefined || read.status !== 0) flaws.push(`bash cannot read: ${command}: ${read.stderr}`);
  if (wrongFamily(command)) flaws.push(`addresses of another family: ${command}`);
  if (!ANYWHERE.test(command) && !/# .*\b(?:on|from) /.test(command)) flaws.push(`does not say where: ${command}`);
  return flaws;
}
