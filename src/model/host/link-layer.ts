import type { fdb, neighbour } from '../../core/event/network.js';
import type { SourceRow } from '../../store/dimensions.js';
import type { Fact } from '../facts.js';
import { chooseDump } from './choose-dump.js';
import type { Host, Shown } from './host.js';
import { asDump, emptyDumps, rowsByDump } from './host-dumps.js';

type Neighbour = Fact<typeof neighbour>;

/** A node's ARP and ND caches; whole only when both are (`arp -n` shows IPv4 alone). */
export function neighboursOf(rows: readonly Neighbour[], dumps: ReadonlyMap<number, SourceRow>): Host['neighbours'] {
  const perDump = rowsByDump(rows, dumps, 'neigh', () => false, emptyDumps(dumps, 'neigh'));
  const of = (family: 4 | 6): Shown<readonly Neighbour[]> =>
    chooseDump(
      perDump
        .filter((dump) => dump.scope.families.includes(family))
        .map((dump) => asDump(dump, (row) => row.dev))
        .map((dump) => ({ ...dump, rows: dump.rows.filter((row) => row.address.includes(':') === (family === 6)) })),
      {
        row: (row) => `${row.address} ${row.dev} ${row.mac ?? row.state}`,
        subject: (row) => `${row.address} ${row.dev}`,
      },
    );
  const [four, six] = [of(4), of(6)];
  const either = [four, six].some(({ shown }) => shown !== 'none');
  return {
    value: [...four.value, ...six.value],
    shown: four.shown === 'whole' && six.shown === 'whole' ? 'whole' : either ? 'part' : 'none',
    sources: [...new Set([...four.sources, ...six.sources])],
    wholeFor: new Set([...(four.wholeFor ?? [])].filter((dev) => six.wholeFor?.has(dev) === true)),
    contradictedBy: [...new Set([...(four.contradictedBy ?? []), ...(six.contradictedBy ?? [])])],
  };
}

/** A node's forwarding entries of bridges and VXLAN devices. */
export const forwardingEntriesOf = (
  rows: readonly Fact<typeof fdb>[],
  dumps: ReadonlyMap<number, SourceRow>,
): Host['fdb'] =>
  chooseDump(
    rowsByDump(rows, dumps, 'fdb', () => false, emptyDumps(dumps, 'fdb')).map((dump) => asDump(dump, (row) => row.dev)),
    {
      row: (row) => `${row.mac} ${row.dev ?? ''} ${row.dst ?? ''} ${row.vni ?? ''} ${row.port ?? ''} ${row.vlan ?? ''}`,
      subject: (row) => `${row.mac} ${row.dev ?? ''} ${row.vlan ?? ''}`,
    },
  );
