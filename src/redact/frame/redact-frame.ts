import { rewriteLink } from './link.js';
import { type Images, Rewriting } from './rewriting.js';

/** A frame as its capture holds it. */
export interface CapturedFrame {
  /** LINKTYPE value. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Length on the wire. */
  readonly wireLength: number;
}

/**
 * The bytes of a frame with its addresses replaced in every header: Ethernet and its like, ARP, IPv4 and IPv6, the tunnels and what is
 * in them, ICMP errors and what they quote, neighbour discovery. Payloads and padding are cut off, as they may hold names; so is what
 * is not known. Checksums are right where they were right (the payload counted that is no longer there), and wrong where they
 * were wrong. Undefined when an address may be left: of other link types and ethertypes, and of source routes.
 */
export function redactFrame({ linkType, bytes, wireLength }: CapturedFrame, images: Images): Uint8Array | undefined {
  const frame = new Rewriting(bytes, images);
  const end = rewriteLink(linkType, frame, wireLength);
  return end === undefined ? undefined : frame.upTo(Math.min(end, bytes.length));
}
