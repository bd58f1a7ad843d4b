import type { interfaceAddress } from '../../core/event/network.js';
import { parsePrefix } from '../../core/prefix.js';
import type { SourceRow } from '../../store/dimensions.js';
import type { Fact } from '../facts.js';
import { chooseDump } from './choose-dump.js';
import type { HostAddress, Shown } from './host.js';
import { asDump, rowsByDump } from './host-dumps.js';

type Row = Fact<typeof interfaceAddress>;

/** A node's addresses of each family. Whole only when the output covers all devices and that family. */
export function hostAddresses(
  rows: readonly Row[],
  dumps: ReadonlyMap<number, SourceRow>,
): Readonly<Record<4 | 6, Shown<readonly HostAddress[]>>> {
  // A filter on one device or on devices that are up would leave out the loopback, grep most of the rest.
  const perDump = rowsByDump(rows, dumps, 'addr', (own) => own.some((row) => row.ifname === 'lo') && own.length > 2);
  const of = (family: 4 | 6): Shown<readonly HostAddress[]> => {
    const chosen = chooseDump(
      perDump
        .filter((dump) => dump.scope.families.includes(family))
        .map((dump) => asDump(dump, (row) => row.ifname))
        .map((dump) => ({ ...dump, rows: dump.rows.filter((row) => row.family === family) })),
      { row: (row) => `${row.ifname} ${row.address}/${row.prefix_length}` },
    );
    return { ...chosen, value: chosen.value.flatMap((row) => addressOf(row) ?? []) };
  };
  return { 4: of(4), 6: of(6) };
}

function addressOf(row: Row): HostAddress | undefined {
  // On a point-to-point link the prefix is that of the peer (`inet 10.0.0.1 peer 10.0.0.2/32`).
  const prefix = parsePrefix(`${row.peer ?? row.address}/${row.prefix_length}`);
  return prefix === undefined ? undefined : { address: row.address, prefix, ifname: row.ifname, at: row };
}
