import { type Frame, Proto, Stop, Tunnel } from '../../core/frame.js';
import { enterTunnel, markOpaque } from './tcpdump-envelope.js';
import type { Rest } from './tcpdump-packet.js';

/** Reads the packet that a tunnel carries, from its link or network header on. */
interface Inside {
  link(text: string): Rest | undefined;
  network(text: string): Rest | undefined;
  between(text: string): Rest | undefined;
}

/** VXLAN, Geneve, GRE, IP in IP, and the encrypted ones. Undefined: the text is of no tunnel. */
export function readTunnel(text: string, f: Frame, packet: Inside): Rest | undefined {
  let m =
    /^(?:OTV|VXLAN|VXLAN-GPE), flags \[[^\]]*\](?: \(0x[0-9a-f]+\))?(?:, ERROR: [^,]*)?(?:, overlay \d+, instance|, vni) (0x[0-9a-f]+|\d+) *(.*)$/.exec(
      text,
    );
  if (m !== null) {
    enterTunnel(f, Tunnel.vxlan, Number(m[1]));
    return m[2] === '' ? 'inner' : (packet.link(m[2]!) ?? 'inner');
  }
  m =
    /^Geneve, Flags \[[^\]]*\], vni (0x[0-9a-f]+|\d+)(?:, proto ([^(,: ]+)(?: \(0x([0-9a-f]+)\))?)?(?:, options \[[^\]]*\])?:? *(.*)$/.exec(
      text,
    );
  if (m !== null) return readCarried(f, packet, Tunnel.geneve, Number(m[1]), m[3], m[4]!);
  m =
    /^GREv0(?:, Flags \[[^\]]*\])?(?:, (?:key=(0x[0-9a-f]+)|sum \S+|off \S+|seq \d+))*(?:, proto ([^(, ]+)(?: \(0x([0-9a-f]+)\))?)?(?:, length (\d+))?:? *(.*)$/.exec(
      text,
    );
  if (m !== null) return readCarried(f, packet, Tunnel.gre, m[1] === undefined ? -1 : Number(m[1]), m[3], m[5]!);
  if (/^ESP\(/.test(text) || /^UDP-encap: ESP\(/.test(text)) {
    f.proto = text.startsWith('ESP') ? Proto.esp : Proto.udp;
    markOpaque(f, Tunnel.esp);
    return 'done';
  }
  const six = f.proto === Proto.ipv6;
  if (/^IP6? /.test(text) || f.proto === Proto.ipip || six) {
    if (f.stop !== Stop.none || !/> |^(?:IP6? )?\(/.test(text)) return undefined;
    const inner6 = six || text.startsWith('IP6');
    const plain = f.etherType === 0x0800 && !inner6;
    f.proto = inner6 ? Proto.ipv6 : Proto.ipip;
    enterTunnel(f, plain ? Tunnel.ipip : Tunnel.ip6ip, -1);
    f.etherType = inner6 ? 0x86dd : 0x0800;
    return packet.network(text) ?? 'done';
  }
  // With -e the word IP of a tunnelled packet is left out: `A > B: C > D: …`.
  if (/^\S+ > \S+: /.test(text)) {
    const inner6 = /^[0-9a-f]*:/.test(text);
    const plain = f.etherType === 0x0800 && !inner6;
    f.proto = inner6 ? Proto.ipv6 : Proto.ipip;
    enterTunnel(f, plain ? Tunnel.ipip : Tunnel.ip6ip, -1);
    return packet.between(text) ?? 'done';
  }
  return undefined;
}

/** Geneve and GRE name the ethertype of what follows, which -v puts on the next line. */
function readCarried(
  f: Frame,
  packet: Inside,
  kind: number,
  vni: number,
  etherType: string | undefined,
  text: string,
): Rest {
  enterTunnel(f, kind, vni);
  const type = etherType === undefined ? -1 : Number.parseInt(etherType, 16);
  if (type === 0x0800 || type === 0x86dd) f.etherType = type;
  if (text === '') return 'inner';
  if (/^\[\|/.test(text)) f.stop = Stop.snaplen;
  return packet.link(text) ?? 'done';
}
