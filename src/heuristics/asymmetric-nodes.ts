import type { FindingDraft } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { onAllDevices } from '../model/taps.js';
import { number, type Parted, partedFinding } from './asymmetric-finding.js';
import { comparable, ownMacs, placeOf, prepareHalves } from './asymmetric-halves.js';
import { OTHER_NEIGHBOUR, REPEATED_NS, REPLIES_ALONE, REQUESTS_ALONE } from './asymmetric-pairs.js';

/**
 * Requests pass one node, replies another: captures of two nodes or more, or one capture of the node that replies where
 * the envelope or the MAC addresses tell from which node the request came and to whom the reply goes.
 *
 * The node in question is between the two ends: client and server naturally see both directions, and where they do not,
 * packets were lost. A reply that is missing at a node proves nothing unless it demonstrably went another way: it arrived
 * at the client's node, or it left the server's node towards somebody else.
 *
 * For information only: conversations that succeed all the same (direct server return, several gateways by design), and
 * those that are not seen to fail.
 */
type Row = Parted['row'];

/** True when at least two places were watched. */
export const comparesNodes = (scene: Scene): boolean => new Set(comparable(scene).map(placeOf)).size >= 2;

/** True when captures show all of a node's physical interfaces, so that what they lack did not pass it. */
function coversNode(scene: Scene, node: string): boolean {
  const taps = comparable(scene).filter((tap) => tap.node === node);
  const held = scene.cluster.facts.addresses.filter(
    (a) => scene.cluster.nodeOf(a) === node && scene.cluster.device(node, a.ifname) === 'uplink',
  );
  return taps.some(onAllDevices) || held.every((a) => taps.some((tap) => tap.ifname === a.ifname));
}

/** Findings about conversations that different nodes carry there and back. Call after `prepareWatch`. */
export async function partedByNodes(scene: Scene): Promise<FindingDraft[]> {
  const taps = comparable(scene);
  if (!comparesNodes(scene) && !taps.some((tap) => tap.node !== undefined && tap.device !== 'unknown')) return [];
  if (!(await prepareHalves(scene))) return [];
  const macs = ownMacs(scene);
  const nodeOf = (id: number): string | undefined => (id === 0 ? undefined : scene.owner(id).node);
  const parted: Parted[] = [];
  const known = new Set<string>();
  const keep = (row: Row, found: Pick<Parted, 'there' | 'back' | 'lacking' | 'proven'>): void => {
    const key = ['proto', 'client', 'cport', 'token', 'hash'].map((name) => number(row, name)).join(' ');
    if (known.has(key)) return;
    known.add(key);
    const repeats = (half: string): boolean =>
      number(row, `${half}_last_ns`) - number(row, `${half}_first_ns`) >= REPEATED_NS;
    const fails = number(row, 'proto') === 6 && row['established'] !== true && (repeats('ask') || repeats('answer'));
    parted.push({ row, ...found, fails });
  };
  /** The two ends' nodes; undefined when the client may be anywhere. */
  const ends = (row: Row): { client: string | undefined; server: string | undefined; certain: boolean } => {
    const client = scene.owner(number(row, 'client'));
    const server = scene.owner(number(row, 'answer_server'));
    return {
      client: client.node,
      server: server.node,
      certain: client.role === 'outside' || client.node !== undefined,
    };
  };
  // Nodes in the middle tell more of the way than the ends do, so they go first.
  const middleFirst = async (sql: string): Promise<Row[]> => {
    const rank = (row: Row): number => {
      const { client, server } = ends(row);
      const node = String(row['ask_node']);
      return node === client || node === server ? 1 : 0;
    };
    return [...(await scene.rows(sql))].sort((a, b) => rank(a) - rank(b));
  };
  for (const row of await middleFirst(REPLIES_ALONE)) {
    const { client, server } = ends(row);
    const back = String(row['answer_node']);
    if (back === client || back === server || !coversNode(scene, back)) continue;
    const sure =
      (client !== undefined || server !== undefined) && scene.tap(number(row, 'answer_tap')).node !== undefined;
    keep(row, { there: String(row['ask_node']), back, lacking: 'request', proven: sure });
  }
  for (const row of await scene.rows(REQUESTS_ALONE)) {
    const { client, server, certain } = ends(row);
    const there = String(row['ask_node']);
    const back = String(row['answer_node']);
    if (
      !certain ||
      there === client ||
      there === server ||
      scene.tap(number(row, 'ask_tap')).node === undefined ||
      !coversNode(scene, there)
    )
      continue;
    const goes = back === client ? 'elsewhere' : leavesFor(scene, row, there, macs);
    if (goes === 'maybe') continue;
    keep(row, { there, back, lacking: 'reply', proven: goes === 'elsewhere' });
  }
  for (const row of await scene.rows(OTHER_NEIGHBOUR)) {
    const { client, server, certain } = ends(row);
    const tunnelled = row['ask_outer_low'] !== null;
    const there = tunnelled
      ? nodeOf(number(row, 'ask_outer_low'))
      : [...macs].filter(([, own]) => own.has(number(row, 'ask_mac_low'))).map(([node]) => node)[0];
    const here = String(row['answer_node']);
    if (there === undefined || !certain || there === client || there === server || there === here) continue;
    const goes = leavesFor(scene, row, there, macs);
    if (goes === 'maybe') continue;
    keep(row, { there, back: nodeOf(number(row, 'answer_outer_low')), lacking: undefined, proven: goes !== 'likely' });
  }
  const groups = new Map<string, Parted[]>();
  for (const p of parted) {
    const key = `${p.there} ${p.lacking === 'request' ? p.back : ''} ${p.fails} ${number(p.row, 'answer_server')} ${number(p.row, 'answer_port')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [p]);
    else group.push(p);
  }
  // One packet may be missing in a capture by accident.
  return [...groups.values()]
    .filter((group) => group.length >= 2 || group[0]!.fails)
    .map((group) => partedFinding(scene, group));
}

/** Whether the reply left its node for somebody else than this node. */
function leavesFor(
  scene: Scene,
  row: Row,
  node: string,
  macs: ReadonlyMap<string, ReadonlySet<number>>,
): 'elsewhere' | 'likely' | 'maybe' {
  if (row['answer_on_wire'] !== true) return 'maybe';
  const here = String(row['answer_node']);
  const [low, high] = [row['answer_outer_low'], row['answer_outer_high']];
  if (low !== null) {
    const to = low === high ? scene.owner(Number(low)).node : undefined;
    return to === undefined || to === node ? 'maybe' : 'elsewhere';
  }
  if (row['answer_mac_low'] === null || scene.owner(number(row, 'client')).node === node) return 'maybe';
  const mac = number(row, 'answer_mac_low');
  if (mac !== number(row, 'answer_mac_high')) return 'maybe';
  if (mac > 0) {
    if (macs.get(node)?.has(mac) || mac === Number(row['came_low'] ?? 0) || mac === Number(row['came_high'] ?? 0))
      return 'maybe';
    return macs.has(node) ? 'elsewhere' : 'likely';
  }
  // Linux cooked captures do not tell the next hop: a route by way of that node would.
  const theirs = scene.cluster.nodes.get(node)?.addresses;
  const routed = scene.cluster.facts.routes.some(
    (r) => scene.cluster.nodeOf(r) === here && r.via !== undefined && theirs?.has(r.via),
  );
  return routed ? 'maybe' : 'likely';
}
