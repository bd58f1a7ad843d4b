import type { SourceRow } from '../../store/dimensions.js';

/** What a dump was asked for: by that an absence in it counts or does not. */
export interface DumpScope {
  /** False when the command selects, a pipe filtered, lines were not understood, or nothing tells the command. */
  readonly whole: boolean;
  readonly families: readonly (4 | 6)[];
  /** Routing table that was asked for, or all. */
  readonly table: string;
  /** The one device that was asked for. */
  readonly dev?: string | undefined;
}

const BOTH = [4, 6] as const;
/** Global options of iproute2 that take a word (ip(8), "OPTIONS"). */
const VALUED = /^--?(?:n|netns|f|family|rc|rcvbuf|b|batch)$/;
const VERB = /^(?:s|sh|sho|show|l|li|lis|list|ls|lst)$/;
/** Words that select among what is there; other words come from a file's name (`ip-route-node1.txt`). */
const SELECTS =
  /^(?:to|root|match|exact|via|nexthop|proto|protocol|type|scope|src|from|iif|oif|realms?|metric|preference|cache|cached|cloned|default|up|label|permanent|dynamic|temporary|secondary|primary|tentative|deprecated|dadfailed|master|vrf|group|nud|proxy|unused|nomaster|state|br|vlan|dynamic|save|get|[\da-f.:]+\/\d+|\d+\.\d+\.\d+\.\d+|[\da-f]*:[\da-f:]+)$/i;

/** Reads the command of a dump of iproute2, net-tools or /proc. `object` is the dump's kind. */
export function dumpScope(
  source: SourceRow,
  object: 'route' | 'rule' | 'addr' | 'link' | 'neigh' | 'fdb',
  lastRow: number,
): DumpScope {
  const asked = wordsAsked(source.command, object);
  const lost = source.skipped !== undefined && source.skipped.first <= lastRow + 1;
  return { ...asked, whole: asked.whole && !source.filtered && !lost };
}

function wordsAsked(command: string | undefined, object: string): DumpScope {
  const words = command?.trim().split(/\s+/) ?? [];
  const tool = words[0] ?? '';
  const six = words.some((word) => /^--?(?:6|inet6)$|^-[a-zA-Z]*6$|^inet6$|^v6$/.test(word));
  const four = words.some((word) => /^--?(?:4|inet)$|^-[a-zA-Z]*4$|^inet$|^v4$/.test(word));
  const only = six ? ([6] as const) : four ? ([4] as const) : undefined;
  const unknown: DumpScope = { whole: false, families: only ?? BOTH, table: 'main' };
  if (words.some((word) => /[;&]/.test(word))) return unknown;
  switch (tool) {
    case 'ip':
    case 'bridge':
      return iproute2(words, object, only);
    case 'route':
    case 'netstat':
      // The list of IPv6 routes is that of all tables at once.
      return { whole: !six, families: only ?? [4], table: 'main' };
    case 'arp':
      return { whole: words.slice(1).every((word) => /^-[anev]+$/.test(word)), families: [4], table: 'main' };
    case 'cat':
      return { whole: /\/proc\/net\/(?:route|arp)$/.test(command!), families: [4], table: 'main' };
    // ifconfig leaves out addresses without a label of their own.
    default:
      return unknown;
  }
}

function iproute2(words: readonly string[], object: string, only: readonly (4 | 6)[] | undefined): DumpScope {
  let i = 1;
  while (i < words.length && words[i]!.startsWith('-')) i += VALUED.test(words[i]!) ? 2 : 1;
  i++;
  if (VERB.test(words[i] ?? '')) i++;
  let table: string | undefined;
  let dev: string | undefined;
  let selects = false;
  for (; i < words.length; i++) {
    const word = words[i]!;
    if (object === 'route' && /^t(?:a(?:b(?:l(?:e)?)?)?)?$/.test(word)) table = words[++i];
    else if (/^(?:dev|brport)$/.test(word)) dev = words[++i];
    else if (word === 'nud' && words[i + 1] === 'all') i++;
    else if (SELECTS.test(word)) selects = true;
    else if ((object === 'addr' || object === 'link') && i === words.length - 1 && !/^(?:v[46]|all)$/.test(word))
      dev = word;
  }
  const all = table === 'all' || table === '0' || table === 'unspec';
  return {
    whole: !selects && !(object === 'route' && dev !== undefined),
    families: only ?? (object === 'rule' || (object === 'route' && !all) ? [4] : BOTH),
    table: all
      ? 'all'
      : table === '254'
        ? 'main'
        : table === '255'
          ? 'local'
          : table === '253'
            ? 'default'
            : (table ?? 'main'),
    dev,
  };
}
