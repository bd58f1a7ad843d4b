import { ipset } from '../../core/event/netfilter.js';
import type { Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { IPSET_TYPE, ipsetElement, readIpsetEntry } from './ipset-entry.js';

/** Old spellings: `-N SET TYPE` and `-A SET ELEMENT`, as ipset 4 saved them. */
const CREATE = /^(?:create|-N|-exist create) (\S{1,64}) (\S+)(?: (.*))?$/;
const ADD = /^(?:add|-A) (\S{1,64}) (\S.*)$/;
const ENTRY = /^add \S{1,64} [\w.:,/@%+~*#-]+( (timeout|nomatch|packets|bytes|comment|skb\w+|wildcard) ?.*)?$/;

function starts(line: string): boolean {
  const text = asPrinted(line).trim();
  const create = CREATE.exec(text);
  if (create !== null) return IPSET_TYPE.test(create[2]!) || /^ip(map|porthash|hash|tree)|^nethash$/.test(create[2]!);
  // Without its `create` line an entry must look like one: an address, a prefix or a tuple, not `add a comment`.
  return ENTRY.test(text) && ipsetElement(text.split(' ')[2]!) !== undefined;
}

function open(sink: Sink): LineReader {
  const types = new Map<string, string>();
  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '' || text === 'COMMIT') return true;
      const create = CREATE.exec(text);
      if (create !== null) {
        const type = create[2]!;
        if (!/^[a-z]+(:[a-z,]+)?$/.test(type)) return false;
        types.set(create[1]!, type);
        const header = create[3];
        sink.emit(ipset, { set: create[1]!, type, family: /\bfamily (inet6?)\b/.exec(header ?? '')?.[1], header }, at);
        return true;
      }
      const add = ADD.exec(text);
      return add !== null && readIpsetEntry(sink, add[1]!, types.get(add[1]!), add[2]!, at);
    },
  };
}

/** `ipset save`, `ipset list -o save`: `create SET TYPE options` and `add SET element options`. Grammar: ipset(8). */
export const ipsetSave: Parser = {
  id: 'ipset-save',
  title: 'ipset save',
  command: /^ipset\s(.*\s)?(save\b|-S\b|--save\b)/,
  starts,
  open,
};
