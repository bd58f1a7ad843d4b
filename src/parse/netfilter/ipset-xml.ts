import { ipset, ipsetMember } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser } from '../parser.js';
import { ipsetElement } from './ipset-entry.js';

/** One element of the document: a tag, or the text before it. ipset writes no attributes but `name`. */
const TAG = /<(\/?)([a-z]+)(?: name="([^"]*)")?(\/?)>/g;

const ENTITY = wordTable<string>({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" });
const decode = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITY[name]!);

function open(sink: Sink): LineReader {
  let set: string | undefined;
  let section = 'ipset';
  let at: Line | undefined;
  let type: string | undefined;
  let header: string[] = [];
  let references: number | undefined;
  let count: number | undefined;
  let member: { elem?: string; nomatch: boolean; timeout?: number; comment?: string } | undefined;
  let tag: string | undefined;
  let text = '';

  const finishHead = () => {
    if (set === undefined || at === undefined) return;
    const options = header.join(' ');
    sink.emit(
      ipset,
      {
        set,
        type: type ?? 'unknown',
        family: /\bfamily (inet6?)\b/.exec(options)?.[1],
        header: options,
        references,
        members: count,
      },
      at,
    );
    at = undefined;
  };

  const value = (name: string, content: string) => {
    if (name === 'type' && section === 'ipset') type = content;
    else if (section === 'member' && member !== undefined) {
      if (name === 'elem') member.elem = content;
      else if (name === 'nomatch') member.nomatch = true;
      else if (name === 'timeout' && /^\d+$/.test(content)) member.timeout = Number(content);
      else if (name === 'comment') member.comment = content.replace(/^"(.*)"$/, '$1');
    } else if (section === 'header') {
      if (name === 'references') references = Number(content);
      else if (name === 'numentries') count = Number(content);
      else if (name !== 'memsize') header.push(content === '' ? name : `${name} ${content}`);
    }
  };

  const closed = (name: string, line: Line) => {
    if (name === 'header') section = 'ipset';
    else if (name === 'member') {
      const elem = member?.elem === undefined ? undefined : (ipsetElement(member.elem, type) ?? member.elem);
      if (set !== undefined && elem !== undefined) {
        const { nomatch, timeout, comment } = member!;
        sink.emit(ipsetMember, { set, member: elem, nomatch, timeout, comment }, line);
      }
      section = 'members';
    } else if (name === 'ipset') {
      finishHead();
      set = undefined;
    }
  };

  const opened = (name: string, attribute: string | undefined, line: Line) => {
    if (name === 'ipset') {
      finishHead();
      set = decode(attribute ?? '');
      at = line;
      section = 'ipset';
      type = references = count = undefined;
      header = [];
    } else if (name === 'header') section = 'header';
    else if (name === 'members') finishHead();
    else if (name === 'member') {
      section = 'member';
      member = { nomatch: false };
    }
  };

  return {
    line(line) {
      const trimmed = line.text.trim();
      if (trimmed === '' || trimmed.startsWith('<?xml')) return true;
      let end = 0;
      let seen = false;
      for (const match of trimmed.matchAll(TAG)) {
        seen = true;
        text += trimmed.slice(end, match.index);
        end = match.index + match[0].length;
        const name = match[2]!;
        if (match[4] === '/') value(name, '');
        else if (match[1] === '/') {
          if (tag === name) value(name, decode(text.trim()));
          tag = undefined;
          closed(name, line);
        } else {
          tag = name;
          opened(name, match[3], line);
        }
        text = '';
      }
      text += trimmed.slice(end);
      return seen || tag !== undefined;
    },
    end: finishHead,
  };
}

/** `ipset list -o xml`. Grammar: lib/session.c and lib/print.c of ipset; a document is one element per line or less. */
export const ipsetXml: Parser = {
  id: 'ipset-xml',
  longest: Number.POSITIVE_INFINITY,
  title: 'ipset list -o xml',
  command: /^ipset\s.*\bxml\b/,
  starts: (line) => /^\s*<ipsets>|^\s*<ipset name="[^"]*">/.test(line),
  open,
};
