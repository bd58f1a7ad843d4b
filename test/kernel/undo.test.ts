import { afterEach, describe, expect, it } from 'vitest';
import { forwardDrop } from '../../src/diagnosis/causes/forward-drop.js';
import { at, heard, ipAddr, nodesYaml, podsTable } from '../diagnosis/case-of.js';
import { canMakeNamespaces, Namespace } from './namespace.js';

/** A remedy is typed, and its undo after it, with the real iptables: the rules are then what they were. */

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const PODS = podsTable(['default/a', 'Running', '10.44.1.5', 'n1'], ['default/b', 'Running', '10.44.2.6', 'n2']);
const DROPS = '-d 10.44.0.0/16 -m conntrack --ctstate NEW -j DROP';
const BEFORE = ['-p tcp -m tcp --dport 25 -j REJECT', '-s 192.0.2.0/24 -m comment --comment "of the site" -j ACCEPT'];

const namespaces: Namespace[] = [];
afterEach(() => {
  for (const one of namespaces.splice(0)) one.remove();
});

function ruled(tool: string, rules: readonly string[]): Namespace {
  const namespace = new Namespace('podtrail-undo');
  namespaces.push(namespace);
  for (const rule of rules) namespace.run(`${tool} -A FORWARD ${rule}`);
  return namespace;
}

/** The rules without the comments, which hold the time, and without counters. */
const rulesOf = (namespace: Namespace, tool: string): string =>
  namespace
    .run(`${tool}-save`)
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '');

describe.skipIf(!canMakeNamespaces())('the undo of a rule that was taken away', () => {
  it.each([
    ['iptables-legacy', 'first', [DROPS, ...BEFORE]],
    ['iptables-legacy', 'in the middle', [...BEFORE, DROPS, '-j ACCEPT']],
    ['iptables-legacy', 'last', [...BEFORE, DROPS]],
    ['iptables-legacy', 'alone', [DROPS]],
    ['iptables-nft', 'first', [DROPS, ...BEFORE]],
    ['iptables-nft', 'in the middle', [...BEFORE, DROPS, '-j ACCEPT']],
    ['iptables-nft', 'last', [...BEFORE, DROPS]],
  ])('%s: a rule that was %s in its chain is there again', async (tool, _where, rules) => {
    const namespace = ruled(tool, rules);
    const node =
      at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24'])) +
      at('n1', 'ip route', '172.31.9.0/24 dev eth0\n10.44.1.0/24 dev cni0\n10.44.2.0/24 via 172.31.9.2 dev eth0') +
      at('n1', `${tool}-save`, namespace.run(`${tool}-save`));
    const { drafts } = await heard({ 'nodes.yaml': NODES, 'pods.txt': PODS, 'n1.txt': node }, forwardDrop);
    const remedy = drafts[0]!.remedy[0]!;
    const was = rulesOf(namespace, tool);
    // A node has one back end behind its iptables; this machine may have the other.
    const typed = (command: string): void => void namespace.run(command.replace(/^iptables(?:-legacy)? /, `${tool} `));
    typed(remedy.command);
    expect(rulesOf(namespace, tool)).not.toContain(DROPS);
    typed(remedy.rollback);
    expect(rulesOf(namespace, tool)).toBe(was);
  });
});
