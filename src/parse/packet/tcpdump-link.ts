import { type Frame, Stop } from '../../core/frame.js';
import { wordTable } from '../../core/word-table.js';
import { parseMac } from './mac.js';

const MAC = '(?:[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}|Broadcast)(?: \\(oui [^)]*\\))?';
const ETHERNET = new RegExp(`^(${MAC}) > (${MAC}),? (.*)$`, 'i');
const COOKED = new RegExp(`^(?:ifindex (\\d+) )?(${MAC}) (ethertype .*)$`, 'i');
const ETHERTYPE = /^(?:ethertype )?([A-Za-z0-9.-]+)(?: \((0x[0-9a-f]{4})\))?(?:, length (\d+): ?|, )/;
const ETHERTYPES = wordTable<number>({
  IPv4: 0x0800,
  IP: 0x0800,
  IPv6: 0x86dd,
  IP6: 0x86dd,
  ARP: 0x0806,
});

/** What follows the link header; `headed`: a link header said that it is IP. */
interface Network {
  readonly network: string;
  readonly headed: boolean;
}

/** Link header (-e), if there is one. `done`: nothing behind it can be read. Undefined: this is no packet. */
export function readLinkHeader(text: string, f: Frame): Network | 'done' | undefined {
  const cooked = COOKED.exec(text);
  if (cooked !== null) {
    if (f.tunnelDepth === 0) f.macSrc = parseMac(cooked[2]!);
    return readEtherType(cooked[3]!, f);
  }
  const ethernet = ETHERNET.exec(text);
  // `ip: ` is the link header of raw IP (tunl0, flannel0) with -e; the word IP or IP6 is left out then.
  if (ethernet === null) return { network: text.replace(/^ip: /, ''), headed: text.startsWith('ip: ') };
  const [source, target] = [parseMac(ethernet[1]!), parseMac(ethernet[2]!)];
  if (f.tunnelDepth === 0) {
    f.macSrc = source;
    f.macDst = target;
  } else if (f.tunnelDepth === 1) {
    f.innerMacSrc = source;
    f.innerMacDst = target;
  }
  return readEtherType(ethernet[3]!, f);
}

/** `ethertype IPv4 (0x0800), length 98: …`, with VLAN tags. */
function readEtherType(text: string, f: Frame): Network | 'done' | undefined {
  const m = ETHERTYPE.exec(text);
  if (m === null) {
    // 802.3 with LLC (spanning tree), or a printer without ethertype.
    f.stop = Stop.unknownLink;
    return /^(?:802\.3|Null|Unknown|LLC|STP|CDP|LLDP)/.test(text) ? 'done' : undefined;
  }
  if (m[3] !== undefined && f.tunnelDepth === 0 && m[1] !== '802.3') f.wireLen = Number(m[3]);
  f.etherType = m[2] !== undefined ? Number(m[2]) : (ETHERTYPES[m[1]!] ?? -1);
  let rest = text.slice(m[0].length);
  for (;;) {
    const vlan = /^vlan (\d+), p \d+,?(?: DEI,)? ?(?:ethertype ([^,(]+?)(?: \((0x[0-9a-f]{4})\))?, ?)?/.exec(rest);
    if (vlan === null) break;
    if (f.vlan < 0 && f.tunnelDepth === 0) f.vlan = Number(vlan[1]);
    if (vlan[2] !== undefined) f.etherType = vlan[3] !== undefined ? Number(vlan[3]) : (ETHERTYPES[vlan[2]] ?? -1);
    rest = rest.slice(vlan[0].length);
  }
  if (f.etherType === 0x0800 || f.etherType === 0x86dd || f.etherType === 0x0806)
    return { network: rest, headed: false };
  f.stop = Stop.unknownProtocol;
  return 'done';
}
