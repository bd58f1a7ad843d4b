import { type Frame, Proto, Tunnel } from '../../core/frame.js';
import type { Row } from './packet-csv-row.js';

/** Fills in ports, TCP, UDP, SCTP and ICMP. */
export function readTransport(row: Row, error: boolean, icmpType: number, icmp6Type: number, f: Frame): void {
  const udp = row.all('udp.srcport');
  // The envelope's own ports come first.
  const udpInside = udp.length - (f.outerSport >= 0 ? 1 : 0);
  if (error || icmpType >= 0 || icmp6Type >= 0) {
    f.proto = icmp6Type >= 0 ? Proto.icmp6 : Proto.icmp;
    f.icmpType = icmp6Type >= 0 ? icmp6Type : icmpType;
    f.icmpCode = row.first('icmp.code', 'icmpv6.code');
    f.icmpMtu = row.first('icmp.mtu', 'icmpv6.mtu');
    if (error) {
      readQuoted(row, udpInside, f);
      return;
    }
    f.icmpId = row.first('icmp.ident', 'icmpv6.echo.identifier');
    f.icmpSeq = row.first('icmp.seq', 'icmpv6.echo.sequence_number');
    return;
  }
  if (row.text('tcp.srcport') !== '' || row.text('tcp.flags') !== '') {
    f.proto = Proto.tcp;
    f.sport = row.own(false, 'tcp.srcport');
    f.dport = row.own(false, 'tcp.dstport');
    const flags = row.own(false, 'tcp.flags');
    f.tcpFlags = flags < 0 ? -1 : flags & 0xff;
    f.seq = row.own(false, 'tcp.seq_raw');
    f.ack = row.own(false, 'tcp.ack_raw');
    f.window = row.own(false, 'tcp.window_size_value');
    f.payloadLen = row.own(false, 'tcp.len');
    f.mss = row.own(false, 'tcp.options.mss_val');
    f.windowScale = row.own(false, 'tcp.options.wscale.shift');
    f.tsVal = row.own(false, 'tcp.options.timestamp.tsval');
    f.tsEcr = row.own(false, 'tcp.options.timestamp.tsecr');
  } else if (udpInside > 0) {
    f.proto = Proto.udp;
    f.sport = row.own(false, 'udp.srcport');
    f.dport = row.own(false, 'udp.dstport');
    const length = row.own(false, 'udp.length');
    if (length >= 8) f.payloadLen = length - 8;
  }
  if (f.proto === Proto.sctp) {
    f.sport = row.first('sctp.srcport');
    f.dport = row.first('sctp.dstport');
  }
  if (f.sport < 0) {
    f.sport = row.first('_ws.col.sport');
    f.dport = row.first('_ws.col.dport');
  }
}

/** The packet inside an ICMP error has the last value of every column. */
function readQuoted(row: Row, udpInside: number, f: Frame): void {
  const tcp = row.own(false, 'tcp.srcport') >= 0;
  f.quotedProto = tcp ? Proto.tcp : udpInside > 0 ? Proto.udp : row.own(false, 'ip.proto');
  f.quotedSport = tcp ? row.own(false, 'tcp.srcport') : udpInside > 0 ? row.own(false, 'udp.srcport') : -1;
  f.quotedDport = tcp ? row.own(false, 'tcp.dstport') : udpInside > 0 ? row.own(false, 'udp.dstport') : -1;
  f.quotedSeq = tcp ? row.own(false, 'tcp.seq_raw') : -1;
}

/** ESP and WireGuard: the envelope is all that can be seen, so the plain fields stay. */
export function markOpaque(f: Frame): void {
  if (f.tunnelDepth > 0) return;
  const wireguard = f.proto === Proto.udp && (f.sport === 51820 || f.dport === 51820) && f.payloadLen >= 32;
  if (f.proto !== Proto.esp && !wireguard) return;
  f.tunnel = wireguard ? Tunnel.wireguard : Tunnel.esp;
  f.tunnelDepth = 1;
  f.outerSrc = f.src;
  f.outerDst = f.dst;
  f.outerSport = f.sport;
  f.outerDport = f.dport;
}
