import type { ippool } from '../../core/event/cni.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { RowOf } from '../../core/table.js';

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
/** Hand-written manifests quote booleans. */
const truth = (value: unknown): boolean => value === true || value === 'true';

/** `always`, `cross-subnet` (v1 API) and `CrossSubnet` (v3 API) in the spelling of v3. */
export function tunnelMode(printed: string): string {
  const plain = printed.toLowerCase().replaceAll('-', '');
  return plain === 'always'
    ? 'Always'
    : plain === 'crosssubnet'
      ? 'CrossSubnet'
      : plain === 'never'
        ? 'Never'
        : printed;
}

/** The v1 API has no mode when IPIP is on for all: `ipip: {enabled: true}`. */
function legacyMode(ipip: Json | undefined): string {
  if (!truth(ipip?.['enabled'])) return 'Never';
  return tunnelMode(textOf(ipip?.['mode']) ?? 'Always');
}

/**
 * Row of a Calico IP pool given as a parsed YAML or JSON object: `projectcalico.org/v3` (calicoctl),
 * `crd.projectcalico.org/v1` (kubectl) or the `v1` of calicoctl 1.x. Undefined for anything else.
 * A field that is left out has the API's default (modes Never, booleans false), as Go's omitempty drops exactly these.
 * Source: projectcalico/api pkg/apis/projectcalico/v3/ippool.go; libcalico-go lib/apis/v1/ippool.go.
 */
export function ippoolFromObject(object: unknown): RowOf<typeof ippool> | undefined {
  const pool = objectOf(object);
  if (textOf(pool?.['kind'])?.toLowerCase() !== 'ippool') return undefined;
  const metadata = objectOf(pool?.['metadata']);
  const spec = objectOf(pool?.['spec']) ?? {};
  const printed = textOf(spec['cidr']) ?? textOf(metadata?.['cidr']);
  const cidr = printed === undefined ? undefined : canonicalPrefix(printed);
  if (cidr === undefined) return undefined;
  const ipip = textOf(spec['ipipMode']);
  const blockSize = Number(spec['blockSize']);
  return {
    // A v1 pool has no name but its prefix.
    name: textOf(metadata?.['name']) ?? cidr,
    cidr,
    ipip_mode: ipip === undefined ? legacyMode(objectOf(spec['ipip'])) : tunnelMode(ipip),
    vxlan_mode: tunnelMode(textOf(spec['vxlanMode']) ?? 'Never'),
    nat_outgoing: truth(spec['natOutgoing'] ?? spec['nat-outgoing']),
    disabled: truth(spec['disabled']),
    block_size: Number.isInteger(blockSize) && blockSize > 0 ? blockSize : undefined,
    node_selector: textOf(spec['nodeSelector']),
  };
}
