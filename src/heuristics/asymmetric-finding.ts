import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';

/** A conversation whose requests and replies pass different nodes: a request and its reply, column by column. */
export interface Parted {
  readonly row: Readonly<Record<string, unknown>>;
  /** Node that requests pass. */
  readonly there: string;
  /** Node that replies pass, or undefined when only known not to be the former. */
  readonly back: string | undefined;
  /** What the other node has not seen; undefined where one node's capture tells both ways. */
  readonly lacking: 'reply' | 'request' | undefined;
  readonly proven: boolean;
  readonly fails: boolean;
}

/** A numeric column; 0 where there is none. */
export const number = (row: Parted['row'], name: string): number => Number(row[name] ?? 0);

/** The finding about conversations that part at the same nodes on their way to the same server. */
export function partedFinding(scene: Scene, group: readonly Parted[]): FindingDraft {
  const { there, back, lacking, fails } = group[0]!;
  const first = group[0]!.row;
  const named = (place: string): string => (place.startsWith('source ') ? scene.file(Number(place.slice(7))) : place);
  const client = number(first, 'client');
  const server = number(first, 'answer_server');
  const clients = [...new Set(group.map((p) => number(p.row, 'client')))];
  const tap = scene.tap(number(first, 'ask_tap'));
  const replyTap = scene.tap(number(first, 'answer_tap'));
  const past = `${named(there)} has not seen them`;
  const cites: Cite[] = group.slice(0, 9).flatMap(({ row }): Cite[] => [
    {
      role: `request at ${named(String(row['ask_node']))}`,
      at: { tap: number(row, 'ask_tap'), place: number(row, 'ask_place') },
    },
    {
      role: `its reply at ${named(String(row['answer_node']))}`,
      at: { tap: number(row, 'answer_tap'), place: number(row, 'answer_place') },
    },
  ]);
  if (lacking === 'reply')
    cites.push({
      role: 'no reply',
      absent: `the replies to these at ${named(there)}`,
      searched: [number(first, 'ask_source')],
    });
  if (lacking === 'request')
    cites.push({
      role: 'no request',
      absent: `the requests of these at ${named(back!)}`,
      searched: [number(first, 'answer_source')],
    });
  const way =
    lacking === undefined
      ? `leave ${named(String(first['answer_node']))} ${back === undefined ? 'directly' : `for ${back}`}`
      : `pass ${named(back!)}`;
  const inside = insideRole(scene.owner(client).role) && insideRole(scene.owner(server).role);
  const settled = group.every((p) => p.row['established'] === true || number(p.row, 'proto') !== 6);
  return {
    code: 'asymmetric-flow',
    severity: fails ? (inside ? 'critical' : 'warning') : 'info',
    confidence: group.every((p) => p.proven) ? 'proven' : 'likely',
    title:
      `Requests from ${scene.describe(client)} to ${scene.describe(server)} port ${number(first, 'answer_port')} pass ${named(there)}, their replies ${way}`.replace(
        / port -1(?= )/,
        '',
      ),
    explanation: `${group.length} conversations take different nodes in the two directions${lacking === 'reply' ? `: the replies are seen at ${named(back!)}, ${past}` : ''}. ${
      settled
        ? 'They succeed all the same.'
        : fails
          ? 'They do not get through: a node that translated the request, or keeps its state, must see the reply as well.'
          : 'Whether they succeed cannot be seen.'
    }`,
    subjects: [
      ...new Set([
        ...[there, back, String(first['answer_node'])].filter((n) => n !== undefined).map(named),
        scene.address(server),
        ...clients.map((c) => scene.address(c)),
        ...group.slice(0, 20).map(({ row }) => scene.address(number(row, 'ask_server'))),
      ]),
    ],
    count: group.length,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.flatMap(({ row }) =>
      [...new Set([number(row, 'ask_server'), server])].map((s) => ({
        src: scene.address(number(row, 'client')),
        dst: scene.address(s),
        dport: s === server ? portOf(row, 'answer_port') : portOf(row, 'ask_port'),
      })),
    ),
    firstNs: number(first, 'ask_first_ns'),
    lastNs:
      tap.timeKind === replyTap.timeKind
        ? Math.max(...group.map(({ row }) => number(row, 'answer_last_ns')))
        : undefined,
    timeKind: tap.timeKind,
  };
}

const portOf = (row: Parted['row'], name: string): number | undefined =>
  number(row, name) > 0 ? number(row, name) : undefined;
