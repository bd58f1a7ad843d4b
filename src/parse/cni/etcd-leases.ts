import { canonicalAddress } from '../../core/address.js';
import { lease } from '../../core/event/cni.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** `/coreos.com/network/subnets/10.5.34.0-24`, with both families `10.5.34.0-24&fd00-5-22---64` (flannel pkg/subnet MakeSubnetKey). */
const KEY = /\/subnets\/((?:\d{1,3}\.){3}\d{1,3}-\d{1,2})(?:&[\da-fA-F-]+)?\/?$/;
/** A key and nothing else: the list of `ls`, or the line before a value of etcd's version 3. */
const KEY_LINE = /^(?:\/[\w.-]+)+\/subnets(?:\/[\d.]+-\d{1,2}(?:&[\da-fA-F-]+)?)?\/?$/;
/** What no other JSON begins with: the order is that of Go's struct (flannel pkg/lease LeaseAttrs). */
const VALUE = /^\{"PublicIP":"[\d.]*",/;
/** Longest value that is read, in characters: an empty one of all fields has some 200. */
const LONGEST = 4096;

function subnetOf(key: string | undefined): string | undefined {
  const subnet = KEY.exec(key ?? '')?.[1];
  return subnet === undefined ? undefined : canonicalPrefix(subnet.replace('-', '/'));
}

/** The value of a key: an object, or undefined where it is cut or none. */
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = text.length > LONGEST ? undefined : JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function emitLease(sink: Sink, subnet: string, value: Readonly<Record<string, unknown>>, at: Line): void {
  const data = (typeof value['BackendData'] === 'object' ? value['BackendData'] : undefined) as
    | Readonly<Record<string, unknown>>
    | null
    | undefined;
  const publicIp = word(value['PublicIP']);
  const vni = data?.['VNI'];
  sink.emit(
    lease,
    {
      subnet,
      public_ip: publicIp === undefined ? undefined : canonicalAddress(publicIp),
      backend: word(value['BackendType']),
      vtep_mac: word(data?.['VtepMAC'])?.toLowerCase(),
      vni: typeof vni === 'number' ? vni : undefined,
      action: 'added',
    },
    at,
  );
}

class Reader implements LineReader {
  /** The key that the next value belongs to. */
  #key: string | undefined;

  constructor(
    private readonly sink: Sink,
    section: Section,
  ) {
    this.#key = section.command?.split(/\s+/).find((part) => KEY.test(part.replace(/^['"]|['"]$/g, '')));
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '') return true;
    if (KEY_LINE.test(text)) {
      this.#key = text;
      return true;
    }
    const subnet = subnetOf(this.#key?.replace(/^['"]|['"]$/g, ''));
    if (!VALUE.test(text) || subnet === undefined) return /^Error:\s/.test(text);
    const value = parsed(text);
    if (value === undefined) return false;
    emitLease(this.sink, subnet, value, at);
    return true;
  }
}

/**
 * flannel's leases as etcd has them: `etcdctl get KEY` (version 2: the value alone), `etcdctl get --prefix KEY` (version 3: key and
 * value by turns), and lists of keys, which tell no end of a tunnel and so give no rows.
 * Source: flannel-io/flannel pkg/subnet/etcd/registry.go; etcd etcdctl/ctlv2 and ctlv3.
 */
export const etcdLeases: Parser = {
  id: 'etcd-leases',
  title: 'flannel’s leases in etcd (etcdctl get, ls)',
  command: /^(?:ETCDCTL_API=\d )?etcdctl (?:.* )?(?:get|ls) .*\/subnets\b/,
  path: /(?:^|[/!])etcdctl[^/]*subnets[^/]*$/,
  starts: (line) => KEY_LINE.test(asPrinted(line).trim()),
  open: (sink, section) => new Reader(sink, section),
};
