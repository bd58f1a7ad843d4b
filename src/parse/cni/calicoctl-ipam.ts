import { canonicalAddress } from '../../core/address.js';
import { ipamBlock } from '../../core/event/cni.js';
import { setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { BoxTable } from './box-table.js';

/** `41 (0%)`, `65495 (100%)`, `6.5536e+04 (100%)`. */
function count(cell: string | undefined): number | undefined {
  const value = Number(/^[\d.e+]+/.exec(cell ?? '')?.[0]);
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * `calicoctl ipam show` with --show-blocks, --show-borrowed, --show-configuration. Gives `ipam_block` rows (the table names no owner),
 * and `setting` rows of component calico-ipam: object the pool, keys total, in-use, free; object the address, key borrowed-by;
 * strictAffinity, autoAllocateBlocks, maxBlocksPerHost. Source: projectcalico/calico calicoctl/commands/ipam/show.go.
 */
export const calicoctlIpam: Parser = {
  id: 'calicoctl-ipam',
  title: 'calicoctl ipam show (pools, blocks, borrowed addresses)',
  command: /^(?:kubectl[ -])?calicoctl (?:.* )?ipam show\b/,
  starts: (line) =>
    /^\s*\|\s*(?:GROUPING\s*\|\s*CIDR|PROPERTY\s*\|\s*VALUE|IP\s*\|\s*BORROWING-NODE)\s*\|/.test(asPrinted(line)),
  open(sink: Sink) {
    const set = (object: string | undefined, key: string, value: string | number | undefined, at: Line) => {
      if (value !== undefined) sink.emit(setting, { component: 'calico-ipam', object, key, value: String(value) }, at);
    };
    const table = new BoxTable(({ cells, at }) => {
      const cidr = canonicalPrefix(cells.get('CIDR') ?? '');
      const free = count(cells.get('IPS FREE'));
      const grouping = cells.get('GROUPING');
      if (grouping === 'Block' && cidr !== undefined) return sink.emit(ipamBlock, { cidr, free }, at);
      if (grouping === 'IP Pool' && cidr !== undefined) {
        set(cidr, 'total', count(cells.get('IPS TOTAL')), at);
        set(cidr, 'in-use', count(cells.get('IPS IN USE')), at);
        return set(cidr, 'free', free, at);
      }
      const borrowed = canonicalAddress(cells.get('IP') ?? '');
      if (borrowed !== undefined) return set(borrowed, 'borrowed-by', cells.get('BORROWING-NODE'), at);
      const property = /^(?:strictaffinity|autoallocateblocks|maxblocksperhost)$/i.exec(cells.get('PROPERTY') ?? '');
      return set(undefined, property?.[0] ?? '', property === null ? undefined : cells.get('VALUE'), at);
    });
    return {
      line(at: Line): boolean {
        if (table.line(at)) return true;
        return /^(?:$|IP \S+ is (?:not )?(?:currently )?(?:in use|assigned)|Attributes:|\s+\w+: \S+|No attributes defined)/.test(
          asPrinted(at.text).trimEnd(),
        );
      },
      end: () => table.end(),
    };
  },
};
