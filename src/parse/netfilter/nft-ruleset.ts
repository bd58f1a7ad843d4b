import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { MANAGED, NftTable, unquoted } from './nft-table.js';

const TABLE = /^table (ip|ip6|inet|arp|bridge|netdev) (\S+) \{$/;
const CHAIN = /^chain (\S+) \{$/;
const SET = /^(set|map|meter) (\S+) \{$/;
const OBJECT = /^(counter|quota|limit|flowtable|synproxy|secmark|ct helper|ct timeout|ct expectation|tunnel) \S+ \{$/;
const BASE = /^type (\S+) hook (\S+)(?: devices? .*?)? priority ([^;]+);(?: policy (\w+);)?/;

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

const depth = (text: string): number => {
  const plain = unquoted(text);
  return plain.split('{').length - plain.split('}').length;
};

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
  let table: NftTable | undefined;
  let chain: { readonly name: string; readonly at: Line; base: boolean } | undefined;
  let set: OpenSet | undefined;
  let object = false;
  let rule: { text: string; at: Line; open: number } | undefined;
  const warned = new Set<string>();

  const closeTable = () => {
    table?.emit(sink);
    table = undefined;
    chain = undefined;
    set = undefined;
  };

  const finishElement = (owner: NftTable, into: OpenSet) => {
    const text = into.element.trim();
    into.element = '';
    if (text === '') return;
    into.members++;
    owner.member(into.name, text, into.elementAt);
  };

  /** Element lists wrap over lines; commas inside quotes do not split. */
  const readElements = (text: string, at: Line, owner: NftTable, into: OpenSet) => {
    const plain = unquoted(text);
    const add = (part: string) => {
      if (part.trim() === '') return;
      if (into.element === '') into.elementAt = at;
      into.element += `${part} `;
    };
    let from = 0;
    for (const { 0: sign, index } of plain.matchAll(/[,}]/g)) {
      add(text.slice(from, index));
      finishElement(owner, into);
      from = index + 1;
      if (sign === '}') {
        into.inElements = false;
        return;
      }
    }
    add(text.slice(from));
  };

  const inBlock = (text: string, at: Line, owner: NftTable): boolean => {
    if (set !== undefined) {
      if (set.inElements) readElements(text, at, owner, set);
      else if (text === '}') {
        owner.set(set, set.at);
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
        if (!chain.base) owner.userChain(chain.name, chain.at);
        chain = undefined;
        return true;
      }
      const baseLine = rule === undefined ? BASE.exec(text) : null;
      if (baseLine !== null) {
        chain.base = true;
        const [, kind, hook, ranked, policy] = baseLine;
        owner.baseChain(
          { name: chain.name, kind: kind!, hook: hook!, priority: priority(ranked!, owner.family), policy },
          at,
        );
        return true;
      }
      if (rule === undefined && /^(comment "|policy \w+;?$)/.test(text)) return true;
      const open = (rule?.open ?? 0) + depth(text);
      rule = rule === undefined ? { text, at, open } : { text: `${rule.text} ${text}`, at: rule.at, open };
      if (open > 0 && rule.text.length < 100_000) return true;
      owner.rule(chain.name, rule.text, rule.at);
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
      chain = { name: name.replace(/^"|"$/g, ''), at, base: false };
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
    if (/^flags .*\bdormant\b/.test(text)) owner.dormant = true;
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
        table = new NftTable(family!, name!, at, warned.has(`${family} ${name}`));
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
  command: /^nft\s(?!(?:.*\s)?(?:-[a-zA-Z]*j[a-zA-Z]*|--json)\s)(?:.*\s)?list\s/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return TABLE.test(text.replace(/ # handle \d+$/, '')) || MANAGED.test(text);
  },
  open,
};
