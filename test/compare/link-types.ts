import { Link } from '../../src/decode/link.js';

/** Wiretap's number (`frame.encap_type`) of each link type that the decoder knows. */
const WIRETAP: ReadonlyMap<number, readonly number[]> = new Map([
  [Link.ethernet, [1]],
  [Link.raw, [7]],
  [Link.raw12, [7]],
  [Link.raw14, [7]],
  [Link.null, [15]],
  [Link.loop, [15, 118]],
  [Link.sll, [25]],
  [Link.ipv4, [129]],
  [Link.ipv6, [130]],
  [Link.nflog, [141]],
  [Link.sll2, [210]],
]);

/** Whether the decoder looks into frames of this link type. */
export function isDecoded(linkType: number): boolean {
  return WIRETAP.has(linkType);
}

/** Whether tshark took the frame for the same link type. */
export function sameLink(linkType: number, encapsulation: number | string | undefined): boolean {
  return WIRETAP.get(linkType)?.includes(Number(encapsulation)) ?? false;
}
