import type { Code } from '../core/code.js';
import type { NonEmpty, NotChecked } from '../core/finding.js';
import type { Lacking } from './clean-bill.js';
import { listed } from './witness.js';

/** What to collect, before it is decided what comes first. */
export type Ask = Omit<NotChecked, 'first'>;

/** Asks that stand first: nobody collects twenty things at once. */
const HANDFUL = 5;
/** Things that a way lacks and that are asked for among the first; the capture has to have its place. */
const MOST_LACKING = 3;

export interface Asks {
  /** What would make a cause certain that is named already. */
  readonly ofNamed: readonly Ask[];
  /** What the causes wait for, and the walks of conversations that fail. */
  readonly ofCauses: readonly Ask[];
  /** What one node says of a peer, and the peer's own side that is not shown. */
  readonly oneSided: readonly Lacking[];
  /** Where packets of what fails should be looked for. */
  readonly looks: readonly Ask[];
  /** What keeps the ways between nodes and pods from being followed. */
  readonly lacking: readonly Lacking[];
  /** What checks of symptoms lack. */
  readonly ofSymptoms: readonly Ask[];
  /** What is to be found out: why something fails or whether anything does; only how sure a named cause is; or nothing at all. */
  readonly open: 'why' | 'how-sure' | 'nothing';
}

/** What shows whether anything fails at all comes first; what only some networks have (an overlay) comes after. */
const WORTH: readonly Code[] = [
  'unreplied-syn',
  'unreplied-icmp',
  'unreplied-udp',
  'lost-between-captures',
  'rule-drop',
  'martian-source',
  'large-packets-lost',
  'vxlan-wrong-outer-dst',
  'unsnatted-source',
  'icmp-error',
];
const worth = ({ code }: Ask): number => (WORTH.includes(code) ? WORTH.indexOf(code) : WORTH.length);

/**
 * All asks in the order of how much they would decide: what would settle a cause that is named, what a fact on one node is to be
 * compared with, where a failing packet is lost, what the walks lack, and last what checks could have heard. The first handful is
 * marked where something is to be found out. The same command for several nodes is one ask.
 */
export function byWorth({
  ofNamed,
  ofCauses,
  oneSided,
  looks,
  lacking,
  ofSymptoms,
  open,
}: Asks): readonly NotChecked[] {
  const known = new Set([...ofNamed, ...ofCauses].map(({ collect }) => collect));
  const ways = asks(lacking.filter(({ collect }) => !known.has(collect)));
  const apart = [
    ...ofNamed,
    ...ofCauses.filter((ask) => !ofNamed.some(({ collect }) => collect === ask.collect)),
    ...(open === 'why' ? [...asks(oneSided), ...looks] : []),
  ];
  const special = together(
    [
      ...apart
        .filter((ask) => !apart.some((other) => covers(other, ask)))
        .map((ask) => ({
          ...ask,
          missing: [...apart.flatMap((less) => (covers(ask, less) ? less.missing : [])), ...ask.missing],
        })),
      ...(open === 'why' ? together(ways, () => '').slice(0, MOST_LACKING) : []),
    ],
    ({ code }) => code,
  );
  const once = special.filter((ask, i) => special.findIndex(({ collect }) => collect === ask.collect) === i);
  const first = once.slice(
    0,
    open === 'why' ? HANDFUL : open === 'how-sure' ? together(ofNamed, ({ code }) => code).length : 0,
  );
  return [
    ...first.map((ask): NotChecked => ({ ...ask, first: true })),
    ...special.filter((ask) => !first.includes(ask)),
    ...[...ofSymptoms].sort((a, b) => worth(a) - worth(b)),
  ];
}

const asks = (lacking: readonly Lacking[]): readonly Ask[] =>
  lacking.map(({ code, what, collect }) => ({ code, missing: [what], collect }));

/** True where what one ask collects holds all that the other does, on the same node and for the same reason. */
function covers(more: Ask, less: Ask): boolean {
  if (more.code !== less.code) return false;
  const [, all, , node] = ON_ONE.exec(more.collect) ?? [];
  const [, some, , same] = ON_ONE.exec(less.collect) ?? [];
  if (all === undefined || some === undefined || node !== same || all.length <= some.length) return false;
  const typed = all.replaceAll('-d ', '').split('; ');
  return some.split('; ').every((command) => typed.includes(command));
}

const ON_ONE = /^(.*\S)( +# on )([^\s;,]+)$/;

/** Asks of one command and one group, which for several nodes says all of them. */
function together(all: readonly Ask[], groupOf: (ask: Ask) => string): readonly Ask[] {
  const found = new Map<
    string,
    { ask: Ask; readonly nodes: string[]; readonly missing: string[]; readonly typed?: string }
  >();
  for (const ask of all) {
    const [, typed, , node] = ON_ONE.exec(ask.collect) ?? [];
    const key = `${groupOf(ask)} ${typed ?? ask.collect}`;
    const known = found.get(key);
    if (known === undefined) {
      found.set(key, {
        ask,
        nodes: node === undefined ? [] : [node],
        missing: [...ask.missing],
        ...(typed === undefined ? {} : { typed }),
      });
      continue;
    }
    if (node !== undefined && !known.nodes.includes(node)) known.nodes.push(node);
    for (const one of ask.missing) if (!known.missing.includes(one)) known.missing.push(one);
  }
  return [...found.values()].map(({ ask, nodes, missing, typed }) => ({
    ...ask,
    missing: some(missing),
    collect: typed === undefined || nodes.length < 2 ? ask.collect : `${typed}    # on ${listed(nodes)}`,
  }));
}

const MOST_WORDS = 4;

/** Some of what is missing stands for all of it. */
const some = (missing: readonly string[]): NonEmpty<string> => {
  const [first = '', ...others] = missing;
  return others.length < MOST_WORDS
    ? [first, ...others]
    : [first, ...others.slice(0, MOST_WORDS - 2), `and ${others.length - MOST_WORDS + 2} more`];
};
