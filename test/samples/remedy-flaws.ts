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

/** What is wrong with a remedy as its reader would type it. bash reads the command and does not run it. */
export function remedyFlaws(remedy: Remedy): readonly string[] {
  const { command, why, verify, rollback } = remedy;
  const parts = Object.entries({ command, why, verify, rollback });
  const flaws = parts.flatMap(([name, text]) => [
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
