import { ipset, ipsetMember, nfChain, nfRule } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const TABLE = /^table (ip|ip6|inet|arp|bridge|netdev) (\S+) \{$/;
const CHAIN = /^chain (\S+) \{$/;
const SET = /^(set|map|meter) (\S+) \{$/;
const OBJECT = /^(counter|quota|limit|flowtable|synproxy|secmark|ct helper|ct timeout|ct expectation|tunnel) \S+ \{$/;
const BASE = /^type (\S+) hook (\S+)(?: devices? .*?)? priority ([^;]+);(?: policy (\w+);)?/;
const MANAGED = /^# Warning: table (ip6?) (\S+) is managed by iptables-nft/;

/** Names of priorities (nft(8)); the bridge family has others. */
const PRIORITY = wordTable<number>({
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
});
const BRIDGE = wordTable<number>({ dstnat: -300, filter: -200, out: 100, srcnat: 300 });

function priority(text: string, family: string): number | undefined {
  const match = /^(?:(-?\d+)|([a-z]+)(?: ([+-]) (\d+))?)$/.exec(text.trim());
  if (match === null) return undefined;
  if (match[1] !== undefined) return Number(match[1]);
  const base = (family === 'bridge' ? BRIDGE : PRIORITY)[match[2]!];
  return base === undefined ? undefined : base + Number(`${match[3] ?? '+'}${match[4] ?? 0}`);
}

/** The text with quoted parts blanked, so that braces and words in it do not count. Same length. */
const unquoted = (text: string): string => text.replace(/"[^"]*"/g, (quoted) => '_'.repeat(quoted.length));

const depth = (text: string): number => {
  const plain = unquoted(text);
  return plain.split('{').length - plain.split('}').length;
};

/** `ct status dnat` and `icmp type redirect` are matches. */
const VERDICT =
  /(?<=^| )(?<!status |type )(accept|drop|return|continue|reject|masquerade|dnat|snat|redirect|queue|notrack|tproxy)(?= |$)/g;

/** What happens to a packet that matches: the chain of a jump, a verdict, or nothing (a vmap decides by its key). */
function target(rule: string): { target?: string; goto: boolean } {
  // Sets and maps in braces hold verdicts that are not the rule's.
  const plain = unquoted(rule).replace(/\{[^{}]*\}/g, '');
  const jump = /(?:^| )(jump|goto) (\S+)/.exec(plain);
  if (jump !== null) return { target: jump[2]!, goto: jump[1] === 'goto' };
  const verdict = [...plain.matchAll(VERDICT)].at(-1)?.[1];
  return verdict === undefined ? { goto: false } : { target: verdict.toUpperCase(), goto: false };
}

type Emit = () => void;

interface OpenTable {
  readonly family: string;
  readonly name: string;
  readonly at: Line;
  managed: boolean;
  readonly rows: Emit[];
}

interface OpenSet {
  readonly name: string;
  readonly at: Line;
  readonly kind: string;
  type: string;
  readonly header: string[];
  members: number;
  /** Text of the element being read, and the line where it begins. */
  element: string;
  elementAt: Line;
  inElements: boolean;
}

function open(sink: Sink): LineReader {
  let table: OpenTable | undefined;
  let chain: { readonly name: string; readonly at: Line; position: number; base: boolean } | undefined;
  let set: OpenSet | undefined;
  let object = false;
  let rule: { text: string; at: Line; open: number } | undefined;
  const warned = new Set<string>();

  const families = (family: string): number[] =>
    family === 'ip6' ? [6] : family === 'ip' || family === 'arp' ? [4] : [4, 6];

  const closeTable = () => {
    if (table === undefined) return;
    if (table.managed)
      sink.note(
        'tables managed by iptables-nft: their rules are read from iptables-save, not from here',
        table.at.number,
      );
    else for (const row of table.rows) row();
    table = undefined;
    chain = undefined;
    set = undefined;
  };

  const base = (match: RegExpExecArray, at: Line, owner: OpenTable, name: string) => {
    // Without standard error the warning is missing: iptables-nft's own names tell, too.
    if (
      /^ip6?$/.test(owner.family) &&
      /^(filter|nat|mangle|raw|security)$/.test(owner.name) &&
      /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(name)
    )
      owner.managed = true;
    for (const family of families(owner.family))
      owner.rows.push(() =>
        sink.emit(
          nfChain,
          {
            backend: 'nft',
            family,
            table: `${owner.family} ${owner.name}`,
            chain: name,
            policy: (match[4] ?? 'accept').toUpperCase(),
            hook: match[2]!,
            priority: priority(match[3]!, owner.family),
            kind: match[1]!,
          },
          at,
        ),
      );
  };

  const userChain = (chain: string, at: Line, owner: OpenTable) => {
    const table = `${owner.family} ${owner.name}`;
    for (const family of families(owner.family))
      owner.rows.push(() => sink.emit(nfChain, { backend: 'nft', family, table, chain }, at));
  };

  const addRule = (text: string, at: Line, owner: OpenTable, into: { readonly name: string; position: number }) => {
    const position = ++into.position;
    const counts = /(?:^| )counter packets (\d+) bytes (\d+)/.exec(unquoted(text));
    const comment = / comment "([^"]*)"/.exec(text)?.[1];
    const spec = text
      .replace(/ # handle \d+$/, '')
      .replace(/ comment "[^"]*"$/, '')
      .replace(/(^| )counter packets \d+ bytes \d+/, '')
      .trim();
    for (const family of families(owner.family))
      owner.rows.push(() =>
        sink.emit(
          nfRule,
          {
            backend: 'nft',
            family,
            table: `${owner.family} ${owner.name}`,
            chain: into.name,
            position,
            spec: `nft ${spec}`,
            ...target(spec),
            comment,
            packets: counts === null ? undefined : BigInt(counts[1]!),
            bytes: counts === null ? undefined : BigInt(counts[2]!),
          },
          at,
        ),
      );
  };

  const finishElement = (owner: OpenTable, into: OpenSet) => {
    const text = into.element.trim();
    into.element = '';
    if (text === '') return;
    into.members++;
    const at = into.elementAt;
    const member = text
      .replace(/ comment "[^"]*"/, '')
      .replace(/ (timeout|expires) \S+/g, '')
      .replace(/ counter packets \d+ bytes \d+/, '')
      .replace(/\s+/g, ' ');
    const comment = / comment "([^"]*)"/.exec(text)?.[1];
    const name = `${owner.family} ${owner.name} ${into.name}`;
    owner.rows.push(() => sink.emit(ipsetMember, { set: name, member, nomatch: false, comment }, at));
  };

  /** Element lists wrap over lines; commas inside quotes do not split. */
  const readElements = (text: string, at: Line, owner: OpenTable, into: OpenSet) => {
    const plain = unquoted(text);
    for (let i = 0; i < text.length; i++) {
      if (plain[i] === ',' || plain[i] === '}') {
        finishElement(owner, into);
        if (plain[i] === '}') {
          into.inElements = false;
          return;
        }
      } else {
        if (into.element.trim() === '') into.elementAt = at;
        into.element += text[i]!;
      }
    }
    into.element += ' ';
  };

  const closeSet = (owner: OpenTable, done: OpenSet) => {
    const name = `${owner.family} ${owner.name} ${done.name}`;
    const { at, members } = done;
    const header = done.header.join(' ');
    const type = `nft ${done.kind} ${done.type}`;
    owner.rows.push(() => sink.emit(ipset, { set: name, type, header, members }, at));
  };

  const inBlock = (text: string, at: Line, owner: OpenTable): boolean => {
    if (set !== undefined) {
      if (set.inElements) readElements(text, at, owner, set);
      else if (text === '}') {
        closeSet(owner, set);
        set = undefined;
      } else if (/^elements = \{/.test(text)) {
        set.inElements = true;
        readElements(text.replace(/^elements = \{/, ''), at, owner, set);
      } else if (/^(type|typeof) /.test(text)) set.type = text.replace(/^\w+ /, '').replace(/;$/, '');
      else set.header.push(text);
      return true;
    }
    if (chain !== undefined) {
      if (rule === undefined && text === '}') {
        if (!chain.base) userChain(chain.name, chain.at, owner);
        chain = undefined;
        return true;
      }
      const baseLine = rule === undefined ? BASE.exec(text) : null;
      if (baseLine !== null) {
        chain.base = true;
        base(baseLine, at, owner, chain.name);
        return true;
      }
      if (rule === undefined && /^(comment "|policy \w+;?$)/.test(text)) return true;
      const open = (rule?.open ?? 0) + depth(text);
      rule = rule === undefined ? { text, at, open } : { text: `${rule.text} ${text}`, at: rule.at, open };
      if (open > 0 && rule.text.length < 100_000) return true;
      addRule(rule.text, rule.at, owner, chain);
      rule = undefined;
      return true;
    }
    if (object) {
      if (text === '}') object = false;
      return true;
    }
    if (text === '}') {
      closeTable();
      return true;
    }
    const opened = text.replace(/ # handle \d+$/, '');
    const name = CHAIN.exec(opened)?.[1];
    if (name !== undefined) {
      chain = { name: name.replace(/^"|"$/g, ''), at, position: 0, base: false };
      return true;
    }
    const named = SET.exec(opened);
    if (named !== null) {
      set = {
        kind: named[1]!,
        name: named[2]!,
        at,
        type: '?',
        header: [],
        members: 0,
        element: '',
        elementAt: at,
        inElements: false,
      };
      return true;
    }
    if (OBJECT.test(opened)) {
      object = true;
      return true;
    }
    return /^(comment "|flags |# )/.test(text);
  };

  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const managed = MANAGED.exec(text);
      if (managed !== null) {
        warned.add(`${managed[1]} ${managed[2]}`);
        return true;
      }
      const opened = TABLE.exec(text.replace(/ # handle \d+$/, ''));
      if (opened !== null) {
        closeTable();
        const [, family, name] = opened;
        table = { family: family!, name: name!, at, managed: warned.has(`${family} ${name}`), rows: [] };
        return true;
      }
      if (table !== undefined) return inBlock(text, at, table);
      return /^table (ip|ip6|inet|arp|bridge|netdev) \S+( # handle \d+)?$/.test(text);
    },
    end: closeTable,
  };
}

/**
 * `nft list ruleset`, `nft list table …`, with or without -a, -s, -n. Chains and rules go into the tables of netfilter
 * with backend `nft`, table `FAMILY NAME` and the rule's own text as `nft …`; those of the inet family once for IPv4 and
 * once for IPv6. Sets and maps become sets. Tables that iptables-nft manages are left out: iptables-save shows the same
 * rules whole, nft only what it can translate. Grammar: nft(8), `rule_print`, `chain_print`, `set_print` of nftables.
 */
export const nftRuleset: Parser = {
  id: 'nft-ruleset',
  longest: Number.POSITIVE_INFINITY,
  title: 'nft list ruleset, nft list table, nft list chain',
  command: /^nft\s(?!.*(?:-j|--json)\b)(?:.*\s)?list\s/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return TABLE.test(text.replace(/ # handle \d+$/, '')) || MANAGED.test(text);
  },
  open,
};
