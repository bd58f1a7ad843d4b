import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/core/address.js';
import { u16, u32 } from '../../src/decode/bytes.js';
import { redactFrame } from '../../src/redact/frame/redact-frame.js';
import type { Images } from '../../src/redact/frame/rewriting.js';
import { arp, ethernet, icmpError, ip, tcp, udp } from '../capture-writer.js';

/** What may give a site away beside the addresses of headers. */

/** Another image for each set of images: what a redacted frame tells must not depend on what was replaced. */
const images = (net: number): Images => ({
  ip4: (address) => ((net << 24) | (address & 0xff)) >>> 0,
  ip6: (address) => Uint8Array.of(0x20, 1, 0xd, 0xb8, net, ...address.slice(5)),
  mac: (address) => `06:00:00:00:00:${address.slice(-2)}`,
});
const ETHERNET = 1;
const IP = 14;
const TCP = 34;

const redacted = (bytes: Uint8Array, net = 100): Uint8Array | undefined =>
  redactFrame({ linkType: ETHERNET, bytes, wireLength: bytes.length }, images(net));
const kept = (bytes: Uint8Array): Buffer => {
  const done = redacted(bytes);
  expect(done, 'the frame stays').toBeDefined();
  return Buffer.from(done!);
};
const addressesOf = (bytes: Uint8Array): string[] => [IP + 12, IP + 16].map((at) => formatIpv4(u32(bytes, at)));

describe('payload', () => {
  it('of DNS and HTTP is cut off, and padding behind the packet too', () => {
    const question = kept(ethernet(udp('10.1.2.3:4000', '10.1.2.4:53', Buffer.from('intranet.customer.example'))));
    expect(question.length).toBe(14 + 20 + 8);
    expect(u16(question, 14 + 20 + 4)).toBe(8 + 25);
    const padded = Buffer.concat([
      ethernet(tcp('10.1.2.3:4000', '10.1.2.4:80', { flags: 'S' })),
      Buffer.from('leaked'),
    ]);
    expect(kept(padded).length).toBe(padded.length - 6);
  });

  it('that an ICMP error quotes is cut off, and the quoted addresses are replaced', () => {
    const quoted = udp('10.1.2.3:4000', '10.1.2.4:53', Buffer.from('intranet.customer.example'));
    const error = kept(ethernet(icmpError('10.9.9.9', '10.1.2.3', 3, 4, quoted)));
    expect(error.length).toBe(14 + 20 + 8 + 20 + 8);
    expect([54, 58].map((at) => formatIpv4(u32(error, at)))).toEqual(['100.0.0.3', '100.0.0.4']);
  });
});

describe('what may hold an address beside the headers', () => {
  it('the gateway of a redirect is replaced', () => {
    const redirect = icmpError('10.9.9.9', '10.1.2.3', 5, 1, tcp('10.1.2.3:1', '10.1.2.4:2', { flags: 'S' }));
    redirect.set([10, 8, 8, 8], 24);
    expect(formatIpv4(u32(kept(ethernet(redirect)), 14 + 24))).toBe('100.0.0.8');
  });

  it('a TCP option that load balancers put the client into is cut off', () => {
    const segment = tcp('10.1.2.3:4000', '10.1.2.4:80', { flags: 'S', length: 8 });
    // TOA: kind 254, length 8, port, address, where the payload was.
    segment[20 + 12] = 7 << 4;
    segment.set([254, 8, 0, 80, 10, 7, 7, 7], 40);
    const cut = kept(ethernet(segment));
    expect(cut.length).toBe(TCP + 20);
    expect(cut.includes(Buffer.from([10, 7, 7, 7]))).toBe(false);
  });

  it('a packet with a recorded route stays away', () => {
    const packet = Buffer.from(tcp('10.1.2.3:4000', '10.1.2.4:80', { flags: 'S', length: 8 }));
    packet[0] = 0x47;
    packet.set([7, 8, 8, 10, 7, 7, 7, 0], 20);
    expect(redacted(ethernet(packet))).toBeUndefined();
  });

  it('frames that are neither IP nor ARP stay away', () => {
    const strange = ethernet(tcp('10.1.2.3:4000', '10.1.2.4:80', { flags: 'S' }));
    strange.writeUInt16BE(0x88cc, 12);
    expect(redacted(strange)).toBeUndefined();
  });

  it('of an unknown protocol only the IP header stays', () => {
    expect(kept(ethernet(ip('10.1.2.3', '10.1.2.4', 89, Buffer.from([2, 1, 0, 44, 10, 7, 7, 7])))).length).toBe(34);
  });

  it('ARP names whom it asks for by other addresses', () => {
    const asked = kept(arp(1, '10.1.2.3', '10.1.2.4'));
    expect([28, 38].map((at) => formatIpv4(u32(asked, at)))).toEqual(['100.0.0.3', '100.0.0.4']);
    expect(asked.subarray(6, 12).toString('hex')).toMatch(/^06/);
    expect(asked.subarray(22, 28)).toEqual(asked.subarray(6, 12));
  });
});

describe('a wrong checksum', () => {
  const syn = (checksum: number, src = '10.1.2.3'): Buffer => {
    const frame = ethernet(tcp(`${src}:4000`, '10.1.2.4:80', { flags: 'S' }));
    frame.writeUInt16BE(checksum, TCP + 16);
    return frame;
  };
  /** Sum over addresses, protocol and length, as offload leaves it. */
  const partial = (bytes: Buffer): number => {
    let sum = 6 + 20;
    for (let at = IP + 12; at < IP + 20; at += 2) sum += u16(bytes, at);
    return (sum & 0xffff) + (sum >>> 16);
  };

  it.each([
    [
      'that offload left unfinished is one for the new addresses',
      (frame: Buffer) => partial(frame),
      (after: Buffer) => partial(after),
    ],
    ['of zero stays zero', () => 0, () => 0],
  ])('%s', (_, before, expected) => {
    const frame = syn(0);
    const after = kept(syn(before(frame)));
    expect(addressesOf(after)).toEqual(['100.0.0.3', '100.0.0.4']);
    expect(u16(after, TCP + 16)).toBe(expected(after));
  });

  it('tells nothing of what was replaced', () => {
    // Both sources have one image, so nothing may tell which of them it was.
    const [one, other] = [kept(syn(0x1234, '10.1.2.3')), kept(syn(0x1234, '10.77.88.3'))];
    expect(one).toEqual(other);
    expect(u16(one, TCP + 16)).not.toBe(0x1234);
  });
});
