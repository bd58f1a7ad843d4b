import { Checksum, type Frame, Tunnel } from '../../core/frame.js';

/** The plain fields become the envelope and are emptied for the packet inside; only the first envelope is kept. */
export function enterTunnel(f: Frame, kind: number, vni: number): void {
  if (f.tunnelDepth === 0) keepEnvelope(f, kind, vni);
  f.tunnelDepth++;
  f.etherType = -1;
  f.src = 0;
  f.dst = 0;
  f.proto = -1;
  f.ttl = -1;
  f.ipId = -1;
  f.fragOffset = -1;
  f.moreFragments = 0;
  f.dontFragment = 0;
  f.ipLen = -1;
  f.sport = -1;
  f.dport = -1;
  f.payloadLen = -1;
  f.ipChecksum = Checksum.unverified;
  f.l4Checksum = Checksum.unverified;
}

function keepEnvelope(f: Frame, kind: number, vni: number): void {
  f.tunnel = kind;
  f.vni = vni;
  f.outerSrc = f.src;
  f.outerDst = f.dst;
  f.outerSport = f.sport;
  f.outerDport = f.dport;
  if (kind === Tunnel.vxlan || kind === Tunnel.geneve || kind === Tunnel.wireguard) f.outerChecksum = f.l4Checksum;
}

/** Encrypted: the envelope is all there is, so the plain fields stay. */
export function markOpaque(f: Frame, kind: number): void {
  if (f.tunnelDepth === 0) keepEnvelope(f, kind, -1);
  f.tunnelDepth++;
}
