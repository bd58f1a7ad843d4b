import type { Severity } from '../core/finding.js';
import type { NodePorts } from '../model/node-ports.js';
import { OVERLAY_PORTS } from '../model/overlay-ports.js';
import type { Scene } from '../model/scene.js';

/** ICMP errors of one kind about one conversation, as one member shows them. */
export interface IcmpError {
  readonly source: number;
  readonly tap: number;
  readonly place: number;
  readonly proto: number;
  readonly src: number;
  readonly dst: number;
  readonly type: number;
  readonly code: number;
  readonly quotedSrc: number;
  readonly quotedDst: number;
  readonly quotedProto: number;
  readonly quotedSport: number;
  readonly quotedDport: number;
  /** Largest time to live with which packets of the quoted conversation were seen at the start of their way; -1 when none was. */
  readonly startTtl: number;
  /** Errors about packets of one port of the sender's, at the tap that saw most of them. */
  readonly repeats: number;
  /** The same of all its ports. */
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** What the bundle knows beside the errors themselves. */
export interface Known {
  readonly scene: Scene;
  readonly nodePorts: NodePorts;
  /** Ports on which the nodes' tunnel devices listen. */
  readonly tunnelPorts: ReadonlySet<number>;
  /** Address id and port of servers that accepted a TCP connection. */
  readonly accepting: ReadonlySet<string>;
}

export interface Meaning {
  readonly words: string;
  readonly severity: Severity;
}

/** What traceroute, tracepath and mtr send unless told otherwise. */
const isUdpProbe = (e: IcmpError): boolean => e.quotedProto === 17 && e.quotedDport >= 33434 && e.quotedDport < 33700;
const isEcho = (e: IcmpError): boolean => e.quotedProto === 1 || e.quotedProto === 58;

/** traceroute and mtr give up after 30 hops, and hosts start at 64, 128 or 255: beyond this no path is, only a loop. */
const LONGEST_PATH = 32;

/** A packet that began with an ordinary time to live has gone round; where none was seen, one router again and again. */
function isLoop(e: IcmpError): boolean {
  if (isUdpProbe(e)) return false;
  return e.startTtl < 0 ? !isEcho(e) && e.repeats >= 3 : e.startTtl > LONGEST_PATH;
}

/**
 * Nobody listens on this port, or a rule says so. A closed TCP port answers RST: ICMP is a REJECT rule (its default), of
 * kube-proxy for services without endpoint. A tunnel's port belongs to a device of the kernel: closed, there is no such
 * device. Programs close their UDP ports before late answers come: for information only, except to a DNS server.
 */
function portUnreachable(known: Known, e: IcmpError): Meaning {
  const words = 'port unreachable';
  if (e.quotedProto === 6)
    return { words, severity: known.accepting.has(`${e.quotedDst} ${e.quotedDport}`) ? 'info' : 'warning' };
  const request = e.quotedDport === 53 || known.tunnelPorts.has(e.quotedDport) || OVERLAY_PORTS.has(e.quotedDport);
  return { words, severity: e.quotedProto === 17 && request ? 'warning' : 'info' };
}

/** What an error means by its type and code (RFC 792, RFC 4443), in words and by how bad it is. */
function meaning(known: Known, e: IcmpError): Meaning {
  const v6 = e.proto === 58;
  const exceeded = v6 ? e.type === 3 : e.type === 11;
  if (exceeded)
    return {
      words: e.code === 1 ? 'fragment reassembly time exceeded' : 'time exceeded',
      severity: isLoop(e) ? 'warning' : 'info',
    };
  if (v6 ? e.type === 2 : e.type === 3 && e.code === 4) return { words: 'fragmentation needed', severity: 'info' };
  if (v6 ? e.type === 1 && e.code === 4 : e.type === 3 && e.code === 3) return portUnreachable(known, e);
  const prohibited = v6 ? [1, 5, 6].includes(e.code) : [9, 10, 13].includes(e.code);
  const words = prohibited
    ? 'administratively prohibited'
    : (v6 ? e.code === 0 : e.code === 0 || e.code === 6)
      ? 'network unreachable'
      : !v6 && e.code === 2
        ? 'protocol unreachable'
        : 'host unreachable';
  return { words, severity: isUdpProbe(e) ? 'info' : 'warning' };
}

/** A server outside the cluster that cannot be reached, and what is told to somebody outside, is for information. */
export function judged(known: Known, e: IcmpError): Meaning {
  const found = meaning(known, e);
  const outside = [e.quotedDst, e.quotedSrc].some((id) => known.scene.owner(id).role === 'outside');
  // What a service publishes to the outside is an affair of the cluster.
  const published = known.scene.owner(e.quotedDst).role === 'node' && known.nodePorts.has(e.quotedProto, e.quotedDport);
  return outside && !published ? { ...found, severity: 'info' } : found;
}
