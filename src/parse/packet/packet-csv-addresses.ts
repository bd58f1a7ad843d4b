import type { AddressTable } from '../../core/address.js';
import { type Frame, Proto, Tunnel } from '../../core/frame.js';
import { parseMac } from './mac.js';
import type { Row } from './packet-csv-row.js';

/** Fills in MACs, addresses and what the IP header says; `error`: the last occurrence is of the packet quoted by an ICMP error. */
export function readAddresses(row: Row, error: boolean, f: Frame, table: AddressTable): void {
  const intern = (text: string | undefined) => table.internText(text ?? '');
  const sources = [...row.all('ip.src'), ...row.all('ipv6.src')];
  const targets = [...row.all('ip.dst'), ...row.all('ipv6.dst')];
  f.macSrc = parseMac(row.all('eth.src')[0] ?? row.all('sll.src.eth')[0] ?? '');
  f.macDst = parseMac(row.all('eth.dst')[0] ?? '');
  f.vlan = row.first('ieee8021ad.id', 'vlan.id');
  if (sources.length === 0) {
    f.src = intern(row.text('_ws.col.Source'));
    f.dst = intern(row.text('_ws.col.Destination'));
  } else {
    const quotedAt = error && sources.length > 1 ? sources.length - 1 : -1;
    const inner = quotedAt >= 0 ? quotedAt - 1 : sources.length - 1;
    f.src = intern(sources[inner]);
    f.dst = intern(targets[inner]);
    if (quotedAt >= 0) {
      f.quotedSrc = intern(sources[quotedAt]);
      f.quotedDst = intern(targets[quotedAt]);
    }
    if (inner > 0) readEnvelope(row, intern(sources[0]), intern(targets[0]), inner, f);
  }
  if (f.src !== 0) f.etherType = table.family(f.src) === 6 ? 0x86dd : 0x0800;
  const six = f.etherType === 0x86dd;
  f.ttl = six ? row.own(error, 'ipv6.hlim') : row.own(error, 'ip.ttl');
  f.ipId = six ? -1 : row.own(error, 'ip.id');
  const payload = row.own(error, 'ipv6.plen');
  f.ipLen = six ? (payload < 0 ? -1 : payload + 40) : row.own(error, 'ip.len');
  f.dontFragment = Math.max(0, row.own(error, 'ip.flags.df'));
  f.proto = row.own(error, 'ip.proto');
}

/** The first of several addresses are the envelope's. */
function readEnvelope(row: Row, src: number, dst: number, depth: number, f: Frame): void {
  const vxlan = row.first('vxlan.vni');
  const geneve = row.first('geneve.vni');
  const outer = row.first('ip.proto');
  const port = row.first('udp.dstport');
  const eth = row.all('eth.src');
  const kind =
    vxlan >= 0 || (outer === Proto.udp && (port === 8472 || port === 4789))
      ? Tunnel.vxlan
      : geneve >= 0 || (outer === Proto.udp && port === 6081)
        ? Tunnel.geneve
        : outer === Proto.gre
          ? Tunnel.gre
          : outer === Proto.ipv6 || (outer === Proto.ipip && row.text('ipv6.src') !== '')
            ? Tunnel.ip6ip
            : outer === Proto.udp
              ? port === 8285
                ? Tunnel.flannelUdp
                : Tunnel.vxlan
              : outer === Proto.ipip
                ? Tunnel.ipip
                : Tunnel.none;
  // Two addresses of unknown relation (no column tells the tunnel) are no envelope that could be judged.
  if (kind === Tunnel.none) return;
  f.tunnel = kind;
  f.tunnelDepth = depth;
  f.outerSrc = src;
  f.outerDst = dst;
  f.vni = vxlan >= 0 ? vxlan : geneve >= 0 ? geneve : row.first('gre.key');
  if (f.tunnel === Tunnel.vxlan || f.tunnel === Tunnel.geneve || f.tunnel === Tunnel.flannelUdp) {
    f.outerSport = row.first('udp.srcport');
    f.outerDport = port;
  }
  if (eth.length > 1) {
    f.innerMacSrc = parseMac(eth[1]!);
    f.innerMacDst = parseMac(row.all('eth.dst')[1] ?? '');
  }
}
