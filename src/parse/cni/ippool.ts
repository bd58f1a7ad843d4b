import { ippool as ippoolTable } from '../../core/event/cni.js';
import { nodeAnnotation } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import { cellsOf, type Heading, headingsOf, unquoted } from '../kubernetes/text-columns.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { tunnelMode } from './ippool-object.js';

/** Pools have a CIDR, nodes an ASN; calicoctl 1.x has no NAME. */
function kindOf(headings: readonly Heading[] | undefined): 'pool' | 'node' | undefined {
  const names = headings?.map(({ name }) => name) ?? [];
  if (names.includes('CIDR') && names.some((name) => /^(?:NAT|IPIP|IPIPMODE|VXLANMODE|SELECTOR)$/.test(name)))
    return 'pool';
  return names.join(' ').startsWith('NAME ASN IPV4') ? 'node' : undefined;
}

const truth = (cell: string | undefined): boolean | undefined =>
  cell === 'true' ? true : cell === 'false' ? false : undefined;
/** 1.x prints the whole of IPIP as one boolean. */
const mode = (cell: string | undefined): string | undefined =>
  cell === 'true' ? 'Always' : cell === 'false' ? 'Never' : cell === undefined ? undefined : tunnelMode(cell);

function poolRow(cells: ReadonlyMap<string, string>, sink: Sink, at: Line): boolean {
  const cidr = canonicalPrefix(cells.get('CIDR') ?? '');
  if (cidr === undefined) return false;
  sink.emit(
    ippoolTable,
    {
      name: cells.get('NAME') ?? cidr,
      cidr,
      ipip_mode: mode(cells.get('IPIPMODE') ?? cells.get('IPIP')),
      vxlan_mode: mode(cells.get('VXLANMODE')),
      nat_outgoing: truth(cells.get('NAT')),
      disabled: truth(cells.get('DISABLED')),
      node_selector: cells.get('SELECTOR'),
    },
    at,
  );
  return true;
}

/** The address that a node's Calico announces, under the annotation that holds it in the Kubernetes datastore. */
function nodeRow(cells: ReadonlyMap<string, string>, sink: Sink, at: Line): boolean {
  const node = cells.get('NAME');
  if (node === undefined) return false;
  for (const family of ['4', '6']) {
    const value = cells.get(`IPV${family}`);
    if (value !== undefined && canonicalPrefix(value) !== undefined)
      sink.emit(nodeAnnotation, { node, key: `projectcalico.org/IPv${family}Address`, value }, at);
  }
  return true;
}

/**
 * `calicoctl get ippool` and `calicoctl get node`, wide or not, of calicoctl 1.x to 3.x. Columns of left-out options are absent, so a
 * short table leaves the modes open. Source: projectcalico/calico calicoctl/resourcemgr/{ippool,node}.go.
 */
export const ippool: Parser = {
  id: 'ippool',
  title: 'calicoctl get ippool, get node (tables)',
  command: /^(?:kubectl[ -])?calicoctl (?:.* )?get (?:ip-?pools?|nodes?)\b(?!.*-o ?(?:ya?ml|json))/i,
  path: /calicoctl[-_ ]get[-_ ](?:ip-?pools?|nodes?)/i,
  starts: (line) => kindOf(headingsOf(unquoted(line))) !== undefined,
  open(sink) {
    let headings: readonly Heading[] | undefined;
    let kind: 'pool' | 'node' | undefined;
    return {
      line(at: Line): boolean {
        const text = unquoted(asPrinted(at.text));
        if (text === '') return true;
        const found = headingsOf(text);
        const next = kindOf(found);
        if (next !== undefined || (found?.[0]?.name === 'NAME' && headings === undefined)) {
          headings = found;
          kind = next;
          return true;
        }
        const cells = headings === undefined ? undefined : cellsOf(headings, text);
        if (cells === undefined) return false;
        return kind === 'pool'
          ? poolRow(cells, sink, at)
          : kind === 'node'
            ? nodeRow(cells, sink, at)
            : /^[\w.-]+$/.test(text);
      },
    };
  },
};
