import { Checksum, Stop, Tunnel } from '../../src/core/frame.js';
import type { Difference } from '../decode/differ.js';
import type { Dumped } from '../decode/dump.js';

/** Why podtrail and tshark differ on purpose. */
export interface Rule {
  readonly name: string;
  /** The reason, as docs/decoding.md gives it. */
  readonly why: string;
  explains(difference: Difference, ours: Dumped, theirs: Dumped): boolean;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Of Ethernet; the cooked ones are longer. */
const LINK_HEADER = 14;
const FRAGMENTED = ['moreFragments', 'payloadLen', 'l4Checksum'];
const GRE = 47;
const AH = 51;
/** tshark's state of a checksum that the protocol forbids. */
const ILLEGAL = 4;
const TUNNEL_FIELDS = /^(?:tunnel|tunnelDepth|vni|outer\w+)$/;
const VXLAN_OR_GENEVE = [4789, 8472, 6081];

/** tshark gave the packet up somewhere. */
function givenUp(theirs: Dumped): boolean {
  return /_ws\.(malformed|short)/.test(String(theirs.stack));
}

function has(theirs: Dumped, layer: string): boolean {
  return String(theirs.stack).includes(`:${layer}:`);
}

/** Nothing was decoded into the field. */
function empty(value: number | string | undefined): boolean {
  return value === -1 || value === '';
}

export const RULES: readonly Rule[] = [
  {
    name: 'offload-length',
    why: 'An IPv4 total length of 0 (segmentation offload, BIG TCP) is kept as it stands in the header; tshark shows the length that it computes.',
    explains: ({ field, theirs: shown }, ours) => field === 'ipLen' && ours.ipLen === 0 && Number(shown) > 0,
  },
  {
    name: 'offload-udp',
    why: 'A UDP length of 0 (segmentation offload) means that the datagram fills the packet; tshark calls it malformed and stops.',
    explains: (_, ours, theirs) => theirs.payloadLen === -8 && (ours.tunnelDepth !== 0 || Number(ours.payloadLen) >= 0),
  },
  {
    name: 'offload-ipv6',
    why: 'An IPv6 payload length of 0 (segmentation offload, jumbogram) means that the packet fills the frame; tshark stops where the jumbo option is missing or does not fit.',
    explains: (_, ours, theirs) =>
      theirs.ipLen === 40 && theirs.etherType === IPV6 && givenUp(theirs) && ours.stop !== -1,
  },
  {
    name: 'udp-length-beyond-packet',
    why: 'A UDP length that ends behind its IP packet: a first fragment, or a lie. The payload is counted to the end of the IP packet, tshark repeats the length field.',
    explains: ({ field }, ours, theirs) =>
      field === 'payloadLen' &&
      ours.proto === 17 &&
      Number(theirs.payloadLen) > Number(ours.payloadLen) &&
      Number(theirs.payloadLen) + (ours.etherType === IPV6 ? 48 : 28) > Number(ours.ipLen),
  },
  {
    name: 'tunnel-by-source-port',
    why: 'tshark takes UDP from port 4789, 8472 or 6081 for a tunnel; RFC 7348 and 8926 fix the destination port, and the source port is a hash of the flow.',
    explains: (_, ours, theirs) =>
      ours.tunnel === Tunnel.none &&
      (theirs.tunnel === Tunnel.vxlan || theirs.tunnel === Tunnel.geneve) &&
      VXLAN_OR_GENEVE.includes(Number(theirs.outerSport)) &&
      !VXLAN_OR_GENEVE.includes(Number(theirs.outerDport)),
  },
  {
    name: 'vxlan-gpe',
    why: 'VXLAN-GPE (UDP port 4790) is another protocol, which no CNI speaks; it stays UDP.',
    explains: (_, ours, theirs) =>
      ours.tunnel === Tunnel.none && (theirs.outerDport === 4790 || theirs.outerSport === 4790),
  },
  {
    name: 'vxlan-without-vni',
    why: 'VXLAN whose flag "VNI is valid" is not set; a receiver drops it (RFC 7348, section 5), so it stays UDP.',
    explains: (_, ours, theirs) =>
      ours.tunnel === Tunnel.none && theirs.tunnel === Tunnel.vxlan && theirs.vniFlag === 0,
  },
  {
    name: 'cut-header',
    why: 'An IP or transport header that is not there as a whole: tshark shows the fields before the cut, podtrail only those on which nothing else depends.',
    explains: ({ field, ours: value }, ours, theirs) =>
      (empty(value) || (field === 'l4Checksum' && value === Checksum.unverified)) &&
      givenUp(theirs) &&
      (ours.stop === Stop.snaplen || ours.stop === Stop.length),
  },
  {
    name: 'tshark-gives-up',
    why: 'A damaged or cut packet: tshark stops at the damage and shows no fields of that header; podtrail keeps those that were captured, and says why it stopped.',
    explains: ({ theirs: shown }, ours, theirs) =>
      shown === undefined && (givenUp(theirs) || ours.stop === Stop.malformed),
  },
  {
    name: 'cut-inner-header',
    why: 'A tunnel whose inner IP header is not there as a whole: podtrail names the tunnel, tshark none.',
    explains: ({ field }, ours, theirs) =>
      ['tunnel', 'tunnelDepth', 'ipChecksum'].includes(field) &&
      ours.tunnelDepth === 1 &&
      ours.src === '' &&
      theirs.tunnel === Tunnel.none &&
      givenUp(theirs),
  },
  {
    name: 'cut-tunnel-header',
    why: "A tunnel's own header that is not there as a whole: podtrail stays at the packet around it, tshark names the tunnel all the same.",
    explains: ({ field }, ours, theirs) =>
      TUNNEL_FIELDS.test(field) && theirs.tunnelDepth === Number(ours.tunnelDepth) + 1 && givenUp(theirs),
  },
  {
    name: 'geneve-version',
    why: 'Geneve of a version other than 0; a receiver drops it (RFC 8926, section 3.4), so it stays UDP.',
    explains: (_, __, theirs) => Number(theirs.geneveVersion) > 0,
  },
  {
    name: 'udp6-without-checksum',
    why: 'A UDP checksum of 0 over IPv6, which RFC 6935 allows for tunnels, is absent here; tshark calls it illegal.',
    explains: ({ field, ours: value, theirs: shown }) =>
      (field === 'l4Checksum' || field === 'outerChecksum') && value === Checksum.absent && shown === ILLEGAL,
  },
  {
    name: 'provider-backbone',
    why: 'The I-tag of provider backbone bridges (802.1ah) is not opened.',
    explains: (_, ours) => ours.etherType === 0x88e7,
  },
  {
    name: 'llc-ip',
    why: 'IP directly in LLC (RFC 948) is not opened; only SNAP is.',
    explains: (_, ours, theirs) => ours.etherType === -1 && has(theirs, 'llc:ip'),
  },
  {
    name: 'cut-extension',
    why: 'The next-header byte of an IPv6 extension header that is cut or damaged is used as protocol; tshark stays at the header before.',
    explains: ({ field }, ours, theirs) => field === 'proto' && ours.etherType === IPV6 && givenUp(theirs),
  },
  {
    name: 'authentication-header',
    why: 'An authentication header that is cut, or shorter than its own fields: podtrail stops there, tshark reads what may follow.',
    explains: (_, ours, theirs) =>
      (ours.proto === AH || ours.stop === Stop.malformed) && has(theirs, 'ah') && givenUp(theirs),
  },
  {
    name: 'routing-header',
    why: 'With segments left in an IPv6 routing header, or a home address in the destination options, the checksum is that of another address; podtrail leaves it unverified.',
    explains: ({ field }, ours, theirs) =>
      field === 'l4Checksum' &&
      ours.l4Checksum === Checksum.unverified &&
      (has(theirs, 'ipv6.routing') || has(theirs, 'ipv6.dstopts')),
  },
  {
    name: 'extended-echo',
    why: 'Of extended echo (RFC 8335) only type and code are decoded.',
    explains: ({ field }, ours) => field === 'icmpId' && [42, 43, 160, 161].includes(Number(ours.icmpType)),
  },
  {
    name: 'rarp',
    why: 'Reverse ARP is shown by its own ethertype and not decoded further; tshark takes it for ARP.',
    explains: (_, ours) => ours.etherType === 0x8035,
  },
  {
    name: 'isl',
    why: "tshark recognises Cisco's ISL trunks by the destination address; podtrail takes them for 802.3.",
    explains: (_, __, theirs) => String(theirs.stack).includes(':isl:'),
  },
  {
    name: 'ethernet-in-ipv6',
    why: 'Ethernet in IPv6 (next header 143, SRv6) is not opened.',
    explains: (_, ours) => ours.proto === 143,
  },
  {
    name: 'gre-eoip',
    why: "MikroTik's Ethernet over IP (GRE, protocol 0x6400) is not opened: no CNI speaks it.",
    explains: (_, ours, theirs) =>
      has(theirs, 'gre:eth') &&
      (ours.etherType === 0x6400 || (ours.proto === GRE && ours.stop === Stop.unknownProtocol)),
  },
  {
    name: 'gre-wccp',
    why: 'WCCP in GRE (ethertype 0x883e) is not opened.',
    explains: (_, ours) => ours.tunnel === Tunnel.gre && ours.etherType === 0x883e,
  },
  {
    name: 'ip-version',
    why: 'An IP header of the wrong version, or with an impossible length: tshark follows the version and reads on, podtrail stops, as a receiver does.',
    explains: (_, ours) => ours.stop === Stop.malformed && ours.src === '',
  },
  {
    name: 'impossible-time',
    why: 'A fraction of a second or more than a second: carried over to the seconds here or taken for nanoseconds, printed by tshark as it is, or overflown.',
    explains: ({ field, ours: carried, theirs: shown }) =>
      field === 'time' &&
      // Ours are the fraction's digits as nanoseconds; tshark's the same number times 1000 in 32 bits.
      ((Number(String(carried).split('.')[1]) * 1000) % 2 ** 32 === Number(String(shown).split('.')[1]) ||
        !/^\d+\.\d{9}$/.test(String(shown)) ||
        // 2 to the 32nd microseconds are 4295 seconds.
        (Number(carried) - Number(shown) >= 1 && Number(carried) - Number(shown) < 4296)),
  },
  {
    name: 'ip-beyond-frame',
    why: 'An IP length that ends behind the frame: payload and checksum are those of the packet that the header announces, which is not all there; tshark takes what is in the frame.',
    explains: ({ field }, ours) =>
      (field === 'payloadLen' || field === 'l4Checksum') && Number(ours.ipLen) + LINK_HEADER > Number(ours.wireLen),
  },
  {
    name: 'checksum-of-cut-frame',
    why: 'tshark verifies no UDP checksum in a cut frame; podtrail does where the datagram ends before the cut.',
    explains: ({ field, theirs: shown }, ours) =>
      field === 'l4Checksum' && shown === Checksum.unverified && Number(ours.capLen) < Number(ours.wireLen),
  },
  {
    name: 'ipv6-extension-in-ipv4',
    why: 'IPv6 extension headers have no meaning in IPv4; tshark reads them, podtrail keeps the protocol number.',
    explains: (_, ours, theirs) => ours.etherType === IPV4 && /:ip:ipv6\.[a-z]+:/.test(String(theirs.stack)),
  },
  {
    name: 'wireguard-guess',
    why: 'tshark takes any UDP payload for WireGuard whose first bytes fit; podtrail also asks for lengths and a counter that fit, as other protocols begin alike.',
    explains: (_, ours, theirs) => ours.tunnel === Tunnel.none && theirs.tunnel === Tunnel.wireguard,
  },
  {
    name: 'gre-in-udp',
    why: 'GRE in UDP (RFC 8086) is not opened.',
    explains: (_, ours, theirs) => ours.tunnel === Tunnel.none && has(theirs, 'udp:gre'),
  },
  {
    name: 'first-fragment',
    why: 'A fragment that holds not all of the next header, or of the datagram: both show what is there, but not the same half of it, and podtrail verifies no checksum.',
    explains: ({ field, ours: value, theirs: shown }, ours, theirs) =>
      (Number(ours.fragOffset) >= 0 || Number(theirs.fragOffset) >= 0) &&
      (empty(value) || shown === undefined || FRAGMENTED.includes(field)),
  },
  {
    name: 'redirected-header',
    why: 'The packet in the option of an ICMPv6 redirect is not decoded.',
    explains: ({ field }, ours) => ours.icmpType === 137 && field.startsWith('quoted'),
  },
  {
    name: 'source-route',
    why: 'With an IPv4 source route tshark shows the last destination; podtrail keeps the one in the header, to which the packet is on its way.',
    explains: ({ field }, ours, theirs) =>
      (field === 'dst' || field === 'l4Checksum') && ours.etherType === IPV4 && Number(theirs.headerLength) > 20,
  },
  {
    name: 'depth',
    why: 'More extension headers or tunnels than podtrail follows (12 and 4).',
    explains: (_, ours) => ours.stop === Stop.depth,
  },
  {
    name: 'impossible-length',
    why: 'A frame of 2 GiB or more, by its record: tshark counts no more than 2147483647.',
    explains: ({ field }, ours) => (field === 'wireLen' || field === 'payloadLen') && Number(ours.wireLen) > 0x7fffffff,
  },
  {
    name: 'udp-length-too-small',
    why: 'A UDP length below 8 is impossible; podtrail counts no payload, tshark a negative one.',
    explains: ({ field, theirs: shown }, ours) =>
      field === 'payloadLen' && ours.stop === Stop.malformed && Number(shown) < 0,
  },
  {
    name: 'loopback-family',
    why: 'A loopback header whose family is none in either byte order: tshark looks for an ethertype in its second half.',
    explains: (_, ours, theirs) => has(theirs, 'frame:null') && ours.stop === Stop.unknownProtocol && ours.src === '',
  },
  {
    name: 'tcp-header-length',
    why: 'A TCP header shorter than 20 bytes or longer than the segment: podtrail counts no payload and verifies nothing, tshark goes on.',
    explains: ({ field }, ours, theirs) =>
      (field === 'payloadLen' || field === 'l4Checksum') &&
      has(theirs, 'tcp') &&
      (ours.stop === Stop.malformed || ours.stop === Stop.length),
  },
  {
    name: 'record-header-guess',
    why: 'tshark guesses the variant of an odd pcap file by trying, and takes one with record headers 4 or 8 bytes longer: its frame begins that much late.',
    explains: (_, ours, theirs) =>
      Math.floor(Number(theirs.macDst) / 0x10000) === Number(ours.macSrc) % 2 ** 32 ||
      (Math.floor(Number(theirs.macDst) / 2 ** 32) === Number(ours.macDst) % 0x10000 &&
        Number(theirs.macDst) % 2 ** 32 === Math.floor(Number(ours.macSrc) / 0x10000)),
  },
];
