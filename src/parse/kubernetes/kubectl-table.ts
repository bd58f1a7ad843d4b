import { node } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line } from '../../core/sink.js';
import type { Parser } from '../parser.js';
import { ELISION, emitCut, emitEverywhere, emitNarrowed } from './cut-list.js';
import { KUBECTL, kubectlCommand, narrowing, resourceType } from './kubectl-command.js';
import { present, ROWS } from './table-rows.js';
import { cellsOf, type Heading, headingsOf, unquoted } from './text-columns.js';

/**
 * `kubectl get …` tables (kubernetes/kubernetes pkg/printers/internalversion: one column list per resource). The heading
 * names the kind when the command does not; rows without a heading (grep) and rows whose gaps a paste squeezed to one
 * blank are known by their shape.
 */

const AGE = '(?:<unknown>|<invalid>|(?:\\d+[ydhms])+)';
const READY = '\\d+/\\d+';
const PHASE = '[A-Z][A-Za-z:/0-9]*';
const ADDRESS = '(?:<none>|[0-9a-fA-F.:]{3,})';
const row = (pattern: string, kind: string) => ({
  pattern: new RegExp(`^(?:(?<NAMESPACE>[a-z0-9-]+)\\s+)?(?<NAME>[a-zA-Z0-9][\\w./:-]*)\\s+${pattern}$`),
  kind,
});

/** Rows so peculiar that no heading is needed. Group names stand for headings that no group name can spell. */
const SHAPES = [
  row(
    `(?<READY>${READY})\\s+(?<STATUS>${PHASE})\\s+(?<RESTARTS>\\d+(?: \\([^)]*\\))?)\\s+(?:${AGE})(?:\\s+(?<IP>${ADDRESS})\\s+(?<NODE>\\S+)(?:\\s+.*)?)?`,
    'pods',
  ),
  row(
    `(?<TYPE>ClusterIP|NodePort|LoadBalancer|ExternalName)\\s+(?<CLUSTER_IP>None|${ADDRESS})\\s+(?<EXTERNAL_IP>\\S+)\\s+(?<PORTS>\\S+)\\s+(?:${AGE})(?:\\s+(?<SELECTOR>\\S+))?`,
    'services',
  ),
  row(
    `(?<STATUS>(?:Not)?Ready(?:,\\S+)?|Unknown)\\s+(?<ROLES>\\S+)\\s+(?:${AGE})\\s+(?<VERSION>v\\d\\S*)(?:\\s+(?<INTERNAL_IP>${ADDRESS})\\s+(?<EXTERNAL_IP>${ADDRESS})\\s+(?<OS_IMAGE>\\S.*?)(?<!\\s)\\s+(?<KERNEL_VERSION>\\S+)\\s+(?<CONTAINER_RUNTIME>[\\w-]+://\\S+)(?:\\s+(?<LABELS>\\S+))?)?`,
    'nodes',
  ),
  row(
    `(?<ENDPOINTS>[0-9a-fA-F.:[\\]]+:\\d+(?:,[0-9a-fA-F.:[\\]]+:\\d+)*(?: \\+ \\d+ more\\.\\.\\.)?)\\s+(?<AGE>${AGE})`,
    'endpoints',
  ),
];

/** The kind of a table by its heading alone, or 'other' for a kubectl table of no interest. */
function kindOf(names: ReadonlySet<string>, resource: string | undefined): string | undefined {
  const has = (...wanted: readonly string[]) => wanted.every((name) => names.has(name));
  if (!names.has('NAME') || has('REASON', 'MESSAGE')) return undefined;
  if (has('STATUS', 'RESTARTS')) return 'pods';
  if (has('STATUS', 'ROLES') || has('INTERNAL-IP') || has('STATUS', 'AGE', 'VERSION')) return 'nodes';
  if (has('CLUSTER-IP')) return 'services';
  if (has('ADDRESSTYPE', 'ENDPOINTS')) return 'endpointslices';
  if (has('DESIRED', 'READY', 'NODE SELECTOR') || has('DESIRED', 'NODE-SELECTOR')) return 'daemonsets';
  if (has('READY', 'UP-TO-DATE')) return 'deployments';
  if (has('POD-SELECTOR')) return 'networkpolicies';
  if (has('CILIUMINTERNALIP')) return 'ciliumnodes';
  if (has('IDENTITY ID') || has('ENDPOINT STATE', 'IPV4')) return 'ciliumendpoints';
  if (has('ENDPOINTS', 'AGE') && names.size <= 4) return 'endpoints';
  if ([...names].some((name) => /^POD[- ]?(?:CIDRS?|SUBNET)$/.test(name))) return 'nodes';
  if (resource === undefined && has('CIDR')) return undefined; // calicoctl get ippool
  if (has('IP', 'NODE') || has('PODIP') || has('POD-IP')) return 'pods';
  return has('AGE') || has('CREATED AT') ? 'other' : undefined;
}

interface Table {
  readonly headings: readonly Heading[];
  readonly kind: string;
  /** Old kubectl wrote CLUSTER_IP. */
  readonly named: readonly Heading[];
}

function heading(line: string, resource: string | undefined): Table | undefined {
  const headings = headingsOf(line);
  if (headings === undefined) return undefined;
  const named = headings.map(({ name, at }) => ({ name: name.replaceAll('_', '-'), at }));
  const names = new Set(named.map(({ name }) => name));
  const kind = kindOf(names, resource) ?? (resource !== undefined && names.has('NAME') ? resource : undefined);
  return kind === undefined ? undefined : { headings, named, kind: kind === 'other' ? (resource ?? kind) : kind };
}

/** A row known by its shape, as cells and kind. */
function shaped(line: string): { readonly cells: Map<string, string>; readonly kind: string } | undefined {
  for (const { pattern, kind } of SHAPES) {
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) continue;
    const cells = new Map<string, string>();
    for (const [name, value] of Object.entries(groups)) {
      if (value !== undefined) cells.set(name === 'PORTS' ? 'PORT(S)' : name.replaceAll('_', '-'), value);
    }
    return { cells, kind };
  }
  return undefined;
}

const bare = (name: string): string => name.replace(/^[a-z][\w.-]*\//, '');

/** No row is longer, not even with all labels; what is longer is not worth the patterns' time. */
const LONGEST = 20_000;

/** Lines that kubectl prints instead of or beside a table. */
const REMARK = /^(?:No resources found|Error from server|error: |Warning: |W\d{4} |Unable to connect to the server)/;

/** `kubectl get` tables: nodes, pods, services, endpoints, slices, daemon sets, policies; others are read over. */
export const kubectlTable: Parser = {
  id: 'kubectl-table',
  title: 'kubectl get nodes, pods, services, endpoints, … (tables, wide or not)',
  command: new RegExp(
    `${KUBECTL.source}(?!.*\\s-o\\s?=?(?:yaml|json\\b)|.*--output[= ](?:yaml|json\\b)).* get (?!ev\\b|events?\\b)`,
  ),
  starts(line) {
    if (line.length > LONGEST) return false;
    const text = unquoted(line);
    return heading(text, undefined) !== undefined || shaped(text) !== undefined;
  },
  open(sink, section) {
    const command = kubectlCommand(section.command);
    const resource = command?.verb === 'get' && command.resources.length === 1 ? command.resources[0] : undefined;
    const jsonpath = /^(?:jsonpath|go-template)/.test(command?.output ?? '') ? command : undefined;
    let table: Table | undefined;
    /** The most cells that a row of the table had, and its last row. */
    let most = 0;
    let row: { readonly cells: number; readonly kind: string; readonly at: Line } | undefined;
    /** Kinds of which it was said that the command kept some of them out. */
    const narrowed = new Set<string>();
    const narrow = (kind: string, cells: ReadonlyMap<string, string>, at: Line): void => {
      if (narrowed.has(kind)) return;
      narrowed.add(kind);
      // A column of namespaces stands there only where all of them were asked for.
      const namespaced = kind !== 'nodes' && !cells.has('NAMESPACE');
      const why = narrowing(command, section.filtered === true, namespaced);
      if (why !== undefined) emitNarrowed(sink, [kind], why, at);
      else if (command?.everywhere === true && kind === 'pods') emitEverywhere(sink, kind, at);
    };
    /** kubectl fills every cell: a last row that lacks two of them was cut. */
    const over = (): void => {
      if (row !== undefined && most - row.cells >= 2) emitCut(sink, [row.kind], 'its last row is not whole', row.at);
      most = 0;
      row = undefined;
    };
    return {
      end: over,
      line(at) {
        if (at.text.length > LONGEST) return false;
        const text = unquoted(at.text);
        if (text === '' || REMARK.test(text)) return true;
        const next = heading(text, resource);
        if (table !== undefined && ELISION.test(text)) {
          emitCut(sink, [table.kind], 'rows were left out', at);
          return true;
        }
        if (next !== undefined) {
          over();
          table = next;
          return true;
        }
        if (jsonpath !== undefined && resource === 'nodes' && /podCIDR/i.test(section.command ?? ''))
          return templated(text);
        const shape = shaped(text);
        let cells: ReadonlyMap<string, string> | undefined;
        if (table !== undefined) {
          cells = cellsOf(table.named, text);
          // Values that spill over make positions lie; the shape of a row does not.
          if (shape?.kind === table.kind && (cells === undefined || !agree(cells, shape.cells))) cells = shape.cells;
        } else cells = shape?.cells;
        if (cells === undefined) return false;
        const kind = table?.kind ?? shape?.kind ?? 'other';
        const name = cells.get('NAME');
        if (name === undefined || !/^[a-zA-Z0-9][\w.:/@-]*$/.test(name)) return false;
        const named = kindOfName(name) ?? kind;
        const reader = ROWS.get(ROWS.has(named) ? named : kind);
        if (table !== undefined) {
          most = Math.max(most, cells.size);
          row = { cells: cells.size, kind: table.kind, at };
        }
        narrow(ROWS.has(named) ? named : kind, cells, at);
        const namespace = present(cells.get('NAMESPACE')) ?? command?.namespace;
        return reader?.({ cells, name: bare(name), namespace }, sink, at) ?? looksLikeRow(cells);

        function templated(words: string): boolean {
          const parts = words.split(/[\s,=:;|]+(?=[0-9a-fA-F.:]+\/\d|\S+$)|\s+/).filter((word) => word !== '');
          const cidrs = parts.flatMap((word) =>
            word.includes('/') ? (canonicalPrefix(word.replace(/[[\]"',]/g, '')) ?? []) : [],
          );
          if (cidrs.length === 0) return false;
          const first = parts[0]!.replace(/[:=,]$/, '');
          const owner = first.includes('/') ? command?.names[0] : first;
          if (owner !== undefined) sink.emit(node, { name: owner, pod_cidrs: cidrs }, at);
          return owner !== undefined;
        }
      },
    };
  },
};

/** `pod/x`, `service/y`, `daemonset.apps/z`, and `po/x` of old releases. */
function kindOfName(name: string): string | undefined {
  const slash = name.indexOf('/');
  return slash < 0 ? undefined : resourceType(name.slice(0, slash));
}

/** Position and shape see the same cells. */
function agree(cells: ReadonlyMap<string, string>, shape: ReadonlyMap<string, string>): boolean {
  return [...shape].every(([name, value]) => cells.get(name) === undefined || cells.get(name) === value);
}

/** A row of a table that is read over still must be one: at least a name and an age. */
function looksLikeRow(cells: ReadonlyMap<string, string>): boolean {
  const age = cells.get('AGE');
  return age === undefined ? cells.size > 1 : new RegExp(`^${AGE}$`).test(age);
}
