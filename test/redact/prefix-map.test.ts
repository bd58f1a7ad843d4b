import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrefix } from '../../src/core/prefix.js';
import { Addresses, MetAddresses, value6 } from '../../src/redact/addresses.js';
import { Macs } from '../../src/redact/macs.js';

/** Subnets, masks and longest-prefix matches mean the same after addresses were replaced. */

/** Bits that two addresses have in common from the left. */
function common(a: bigint, b: bigint, width: number): number {
  const difference = a ^ b;
  return difference === 0n ? width : width - difference.toString(2).length;
}

const mapOf = (v4: readonly bigint[], v6: readonly bigint[] = []): Addresses => {
  const met = new MetAddresses();
  for (const value of v4) met.add4(value);
  for (const value of v6) met.add6(value);
  return new Addresses(met, new Macs(new Set()));
};

/** The first address of a private range is the range's name: it stays, with or without a length, whatever lies beside it. */
const NAMES = ['10.0.0.0', '172.16.0.0', '192.168.0.0', '100.64.0.0'];
const isName = (value: bigint): boolean => NAMES.some((name) => parsePrefix(name)!.first === value);

/** Addresses as they come in bundles: many of few networks, some from anywhere. */
const v4 = fc
  .oneof(
    fc
      .tuple(fc.constantFrom(0x0af40000, 0x0a600000, 0xc0a81500, 0xac130000, 0x64400000), fc.nat(0xffff))
      .map(([net, host]) => BigInt(net + host)),
    fc.nat(0xffffffff).map(BigInt),
  )
  .filter((value) => !isName(value));
const v6 = fc
  .oneof(
    fc
      .tuple(fc.constantFrom('fd00:10:244::', '2001:db8:1::', '2a02:100:7::'), fc.bigInt(0n, (1n << 72n) - 1n))
      .map(([net, host]) => value6(net)! + host),
    fc.bigInt(0n, (1n << 128n) - 1n),
  )
  .filter((value) => value >> 118n !== 0x3fan && value >> 120n !== 0xffn);

describe('replaced addresses', () => {
  it('share as many first bits as the real ones, IPv4', () => {
    fc.assert(
      fc.property(fc.array(v4, { minLength: 2, maxLength: 40 }), (real) => {
        const map = mapOf(real);
        const images = real.map((value) => map.of4(value));
        for (let i = 1; i < real.length; i++)
          for (let j = 0; j < i; j++) expect(common(images[i]!, images[j]!, 32)).toBe(common(real[i]!, real[j]!, 32));
      }),
      { numRuns: 150 },
    );
  });

  it('share as many first bits as the real ones, IPv6', () => {
    fc.assert(
      fc.property(fc.array(v6, { minLength: 2, maxLength: 12 }), (real) => {
        const map = mapOf([], real);
        const images = real.map((value) => map.of6(value));
        for (let i = 1; i < real.length; i++)
          for (let j = 0; j < i; j++) expect(common(images[i]!, images[j]!, 128)).toBe(common(real[i]!, real[j]!, 128));
      }),
      { numRuns: 40 },
    );
  });

  it('tell nothing but shared prefixes: other addresses with the same ones give the same images', () => {
    const one = ['10.244.1.7', '10.244.1.9', '10.244.2.7'].map((text) => parsePrefix(text)!.first);
    const other = ['10.32.9.7', '10.32.9.9', '10.32.10.7'].map((text) => parsePrefix(text)!.first);
    const images = (real: readonly bigint[]) => real.map((value) => mapOf(real).of4(value));
    expect(images(one).map((image) => image >> 16n)).toEqual(images(other).map((image) => image >> 16n));
  });
});

/** The replacement of one address or prefix among others. */
function image(text: string, others: readonly string[] = []): string {
  const met = new MetAddresses();
  const parts = [...others, text].map((given) => {
    const [address, length] = given.split('/');
    const family6 = address!.includes(':');
    const value = family6 ? value6(address!)! : parsePrefix(address!)!.first;
    const bits = length === undefined ? undefined : Number(length);
    if (family6) met.add6(value, bits);
    else met.add4(value, bits);
    return { family6, value, bits };
  });
  const addresses = new Addresses(met, new Macs(new Set()));
  const { family6, value, bits } = parts.at(-1)!;
  const told = family6 ? addresses.text6(value, bits) : addresses.text4(value, bits);
  return bits === undefined ? told : `${told}/${bits}`;
}

describe('the kind of an address', () => {
  it.each([
    '0.0.0.0',
    '0.0.0.0/0',
    '127.0.0.1',
    '169.254.1.1',
    '224.0.0.251',
    '255.255.255.255',
    '255.255.240.0',
    '10.0.0.0',
    '10.0.0.0/8',
    '192.168.0.0/16',
    '172.16.0.0/12',
    '100.64.0.0/10',
    '::',
    '::1',
    '::/0',
    'fe80::/64',
    'ff02::1',
    'fd00::/8',
    'fc00::/7',
  ])('%s stays as it is', (text) => {
    expect(image(text)).toBe(text);
  });

  it.each([
    ['10.1.2.3', /^10\./],
    ['172.20.1.1', /^172\.(1[6-9]|2\d|3[01])\./],
    ['192.168.9.1', /^192\.168\./],
    ['100.100.1.1', /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./],
    ['fd00:10:244::5', /^fd/],
    ['2001:db8::7', /^2001:db8:/],
    ['fe80::1234:5678', /^fe80::/],
  ])('%s stays private, or what else it was', (text, kind) => {
    expect(image(text)).toMatch(kind);
    expect(image(text)).not.toBe(text);
  });

  it('that everybody can reach stays one that everybody can reach', () => {
    expect(image('203.0.113.7')).not.toMatch(/^(10|127|0|192\.168|172\.(1[6-9]|2|3[01])|169\.254|22[4-9]|2[3-5]\d)\./);
  });
});

describe('the place within a network', () => {
  it.each([
    '10.244.1.0/24',
    '10.96.0.0/12',
    '192.168.20.0/22',
    '172.19.0.0/20',
    'fd00:10:244:1::/64',
    '2001:db8:5::/48',
  ])('of %s: the network has no host bits, its first address is its first', (network) => {
    const told = image(network);
    const prefix = parsePrefix(told)!;
    const [text, length] = network.split('/');
    expect(told).toBe(`${told.split('/')[0]}/${length}`);
    expect(image(network, [network])).toBe(told);
    const first = text!.includes(':') ? `${text}1` : text!.replace(/0$/, '1');
    const firstImage = image(first, [network]);
    expect(parsePrefix(firstImage)!.first - 1n).toBe(parsePrefix(image(network, [network]))!.first);
    expect(prefix.first).toBe(parsePrefix(told.split('/')[0]!)!.first);
  });

  it('of a broadcast address stays', () => {
    expect(image('10.7.9.255', ['10.7.9.3/24'])).toMatch(/\.255$/);
    expect(image('172.19.15.255', ['172.19.0.13/20'])).toMatch(/\.255$/);
  });

  it('link-local addresses follow the MAC address that they are made of', () => {
    const macs = new Macs(new Set());
    const met = new MetAddresses();
    const addresses = new Addresses(met, macs);
    expect(macs.of('00:0c:29:a5:da:f7')).toBe('00:00:5e:10:00:01');
    expect(addresses.text6(value6('fe80::20c:29ff:fea5:daf7')!)).toBe('fe80::200:5eff:fe10:1');
  });
});
