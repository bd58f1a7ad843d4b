import { EVENT_TABLES } from '../core/event/index.js';
import { bool, type ColumnType, int, maybe, type Table, table, text } from '../core/table.js';
import { PACKET_COLUMNS } from './packet-columns.js';
import { VIEWS } from './views.js';

/** The store's own tables: where events come from, and what is known of an address. Small; written after the last member. */

export const artifact = table('artifact', 'A member of the bundle that was read.', {
  artifact: int('Number of the member, from 1, in reading order.'),
  file: text('Path inside the bundle.'),
  kind: text('pcap, pcapng, text.'),
  lines: maybe(int('Lines of a text member.')),
  frames: maybe(int('Frames of a capture.')),
});

export const source = table('source', 'A piece of a member: a capture, or the output of one command.', {
  source: int('Number of the piece, from 1.'),
  artifact: int('Member it is in.'),
  first_line: maybe(int('First line of the piece.')),
  command: maybe(text('Command whose output it is, when known.')),
  format: maybe(text('Format it was read as.')),
  host: maybe(text('Host name that the piece itself, its prompt or its path gives.')),
  netns: maybe(text('Network namespace that the command ran in, when it is not the node\u2019s own.')),
  filtered: bool('The command was piped through grep, head or the like: what is missing may just be filtered out.'),
  node: maybe(text('Node that the piece belongs to, after joining with the node list.')),
});

export const tap = table('tap', 'A place where packets were seen.', {
  tap: int('Number of the tap, from 1.'),
  source: int('Piece it is in.'),
  kind: text('capture, text (tcpdump output), log (netfilter LOG or TRACE line).'),
  time_kind: text(
    'How packet times of this tap are known: epoch, no-zone, no-year, time-of-day, since-boot, relative, none.',
  ),
  ifname: maybe(text('Interface; looked up from the index where the capture has only that.')),
  ifindex: maybe(int('Interface index.')),
  direction: text('unknown, in, out, other-host.'),
  link_type: maybe(int('LINKTYPE number.')),
  prefix: maybe(text('LOG prefix.')),
  in_if: maybe(text('IN= of LOG lines.')),
  out_if: maybe(text('OUT= of LOG lines.')),
  phys_in: maybe(text('PHYSIN= of LOG lines.')),
  phys_out: maybe(text('PHYSOUT= of LOG lines.')),
  trace: maybe(text('table:CHAIN:kind:n of TRACE lines.')),
});

export const capture = table('capture', 'Facts about a capture, per interface where the file tells them apart.', {
  source: int('Piece it is in.'),
  format: text('pcap, pcap-ns, pcap-modified, pcapng, tcpdump-text, tshark-csv.'),
  link_type: maybe(int('LINKTYPE number.')),
  ifname: maybe(text('Interface.')),
  snap_length: maybe(int('Snap length in bytes.')),
  filter: maybe(text('Capture filter.')),
  drops: maybe(int('Packets dropped by kernel or interface.')),
  counted: maybe(int('Packets that tcpdump counted at its end, where the text holds all of them.')),
  os: maybe(text('Operating system.')),
  command: maybe(text('Command line.')),
});

export const address = table('address', 'A distinct address of a packet and whose it is.', {
  id: int('Number used in packet_raw.'),
  address: text('Canonical text.'),
  family: int('4 or 6.'),
  role: text('pod, pod-range, service, node, vtep, gateway, loopback, multicast, link-local, outside, unknown.'),
  node: maybe(text('Node that it belongs to or runs on.')),
  owner: maybe(text('Pod, service or interface that has it.')),
});

export const line = table('line', 'Text of every line that gave an event, first 400 characters, for quoting.', {
  source: int('Piece it is in.'),
  line: int('1-based line number in the member.'),
  text: text('The line.'),
});

export const note = table('note', 'What could not be read, and where.', {
  file: text('Path inside the bundle.'),
  reason: text('What was wrong.'),
  count: int('Lines, frames or members concerned.'),
  first_line: maybe(int('First line or frame.')),
});

export const STORE_TABLES: readonly Table[] = [artifact, source, tap, capture, address, line, note];

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  texts: 'VARCHAR[]',
  int: 'BIGINT',
  big: 'BIGINT',
  real: 'DOUBLE',
  bool: 'BOOLEAN',
};

function ddl(t: Table, event: boolean): string {
  const columns = Object.entries(t.columns).map(
    ([name, column]) => `"${name}" ${SQL_TYPES[column.type]}${column.optional ? '' : ' NOT NULL'}`,
  );
  const place = event ? ['source INTEGER NOT NULL', 'line INTEGER NOT NULL'] : [];
  return `CREATE TABLE "${t.name}" (${[...place, ...columns].join(', ')})`;
}

/** Statements that make an empty store, each ended. */
export function createStatements(): string {
  const packet = PACKET_COLUMNS.map((column) => `${column.name} ${column.type} NOT NULL`);
  return [
    `CREATE TABLE packet_raw (${packet.join(', ')})`,
    ...STORE_TABLES.map((t) => ddl(t, false)),
    ...EVENT_TABLES.map((t) => ddl(t, true)),
    ...VIEWS.map((view) => `CREATE VIEW "${view.name}" AS ${view.sql}`),
  ]
    .map((statement) => `${statement};\n`)
    .join('');
}

/** One line of `podtrail query --schema`. */
export interface SchemaRow {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly about: string;
}

/** Every table, view and column with its meaning. */
export function schemaRows(): SchemaRow[] {
  const rows: SchemaRow[] = [];
  for (const view of VIEWS) {
    rows.push({ table: view.name, column: '', type: 'view', about: view.about });
    for (const [name, about] of Object.entries(view.columns))
      rows.push({ table: view.name, column: name, type: '', about });
  }
  const eventTables = new Set(EVENT_TABLES);
  for (const t of [...EVENT_TABLES, ...STORE_TABLES]) {
    rows.push({ table: t.name, column: '', type: 'table', about: t.about });
    if (eventTables.has(t)) {
      rows.push({ table: t.name, column: 'source', type: 'INTEGER', about: 'Piece it was read in, see table source.' });
      rows.push({
        table: t.name,
        column: 'line',
        type: 'INTEGER',
        about: '1-based line in the member, see view place.',
      });
    }
    for (const [name, column] of Object.entries(t.columns)) {
      rows.push({ table: t.name, column: name, type: SQL_TYPES[column.type], about: column.about });
    }
  }
  rows.push({
    table: 'packet_raw',
    column: '',
    type: 'table',
    about: 'Packets as stored; use view packet unless you need speed.',
  });
  for (const column of PACKET_COLUMNS) {
    rows.push({ table: 'packet_raw', column: column.name, type: column.type, about: column.about });
  }
  return rows;
}
