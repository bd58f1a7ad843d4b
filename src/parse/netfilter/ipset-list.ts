import { ipset } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { IPSET_TYPE, readIpsetEntry } from './ipset-entry.js';

const NAME = /^Name: ?(\S{1,64})$/;
/** A heading and its value. Hand-typed forms lack the blank, or the line end before `Members:`. */
const FIELD = /^(Type|Revision|Header|Size in memory|References|Number of entries): ?(.*?)(Members:)?$/i;

interface Head {
  readonly set: string;
  readonly at: Line;
  header?: string;
  references?: number;
  members?: number;
}

const number = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

function open(sink: Sink): LineReader {
  let head: Head | undefined;
  let set: string | undefined;
  let type: string | undefined;
  let inMembers = false;

  const finish = () => {
    // A `Name:` line without the others is somebody else's.
    if (head !== undefined && (type !== undefined || inMembers)) {
      const { at, ...facts } = head;
      const family = /\bfamily (inet6?)\b/.exec(facts.header ?? '')?.[1];
      sink.emit(ipset, { type: type ?? 'unknown', family, ...facts }, at);
    }
    head = undefined;
  };

  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const name = NAME.exec(text);
      if (name !== null) {
        finish();
        set = name[1]!;
        inMembers = false;
        type = undefined;
        head = { set, at };
        return true;
      }
      if (set === undefined) return false;
      const field = inMembers ? null : FIELD.exec(text);
      if (field !== null && head !== undefined) {
        const value = field[2]!.trim();
        switch (field[1]!.toLowerCase()) {
          case 'type':
            if (!IPSET_TYPE.test(value)) return false;
            type = value.replace(' ', '');
            break;
          case 'header':
            head.header = value;
            break;
          case 'references':
            head = { ...head, ...(number(value) === undefined ? {} : { references: number(value)! }) };
            break;
          case 'number of entries':
            head = { ...head, ...(number(value) === undefined ? {} : { members: number(value)! }) };
        }
        if (field[3] !== undefined) {
          inMembers = true;
          finish();
        }
        return true;
      }
      if (/^Members:$/i.test(text)) {
        inMembers = true;
        finish();
        return true;
      }
      return inMembers && readIpsetEntry(sink, set, type, text, at);
    },
    end: finish,
  };
}

/**
 * `ipset list`, whole or terse (`-t`), all set types. Grammar: ipset(8), `ipset_session_listing` in lib/session.c.
 * The number of members that the kernel reported stays beside the members read: a terse list has none, and is not empty.
 */
export const ipsetList: Parser = {
  id: 'ipset-list',
  title: 'ipset list',
  command: /^ipset\s(.*\s)?(list|-L|--list|-t|-terse)\b(?!.*\b(xml|save)\b)/,
  starts: (line) => NAME.test(asPrinted(line).trim()) && !/^Name: ?\S*[="'<]/.test(line.trim()),
  open,
};
