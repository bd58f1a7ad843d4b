import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as c from './craft.js';
import { dump } from './dump.js';

const arp = c.eth(0x0806, c.hex('0001080006040001 020000000001 0a000001 000000000000 0a000002'));
const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', name)));

describe('pcap', () => {
  for (const little of [true, false]) {
    const order = little ? 'little' : 'big';
    it(`${order}-endian, microseconds`, async () => {
      const { frames, facts, taps, notes } = await dump(c.pcap([arp], { little, snapLength: 96 }));
      expect(frames[0]).toMatchObject({
        place: 1,
        sec: 1700000000,
        nsec: 123456000,
        capLen: 42,
        wireLen: 42,
        arpOp: 1,
      });
      expect(facts).toEqual([{ format: 'pcap', linkType: 1, snapLength: 96 }]);
      expect(taps).toEqual([{ kind: 'capture', timeKind: 'epoch', direction: 'unknown', linkType: 1 }]);
      expect(notes).toEqual([]);
    });
    it(`${order}-endian, nanoseconds`, async () => {
      const { frames, facts } = await dump(c.pcap([arp], { little, magic: 0xa1b23c4d }));
      expect(frames[0]).toMatchObject({ nsec: 123456, arpOp: 1 });
      expect(facts[0]!.format).toBe('pcap-ns');
    });
    it(`${order}-endian, modified`, async () => {
      const { frames, facts, taps } = await dump(c.pcap([arp, arp], { little, magic: 0xa1b2cd34 }));
      expect(frames.map((f) => f.arpOp)).toEqual([1, 1]);
      expect(facts[0]!.format).toBe('pcap-modified');
      expect(taps).toMatchObject([{ ifindex: 3, direction: 'out' }]);
    });
  }
  it('swaps the lengths of version 2.2, and of 2.3 where they are', async () => {
    const old = await dump(c.pcap([{ bytes: arp, wire: 60 }], { version: [2, 2] }));
    expect(old.frames[0]).toMatchObject({ capLen: 42, wireLen: 60 });
    const newer = await dump(c.pcap([{ bytes: arp, wire: 60 }], { version: [2, 3] }));
    expect(newer.frames[0]).toMatchObject({ capLen: 42, wireLen: 60 });
  });
  it('leaves a frame check sequence out of the packet', async () => {
    const tso = c.eth(0x0800, c.ip4(6, c.tcp(16, [1, 2, 3]), { total: 0 }));
    const { frames, facts } = await dump(c.pcap([[...tso, 9, 9, 9, 9]], { linkType: 0x24000001 }));
    expect(facts[0]!.linkType).toBe(1);
    expect(frames[0]).toMatchObject({ capLen: 61, payloadLen: 3, l4Checksum: 1 });
  });
  it('keeps a record that is longer than the snap length', async () => {
    expect((await dump(c.pcap([arp], { snapLength: 20 }))).frames[0]).toMatchObject({ capLen: 42, arpOp: 1 });
  });
  it('keeps the complete frames of a cut file', async () => {
    const whole = c.pcap([arp, arp, arp]);
    const { frames, notes } = await dump(whole.subarray(0, whole.length - 1));
    expect(frames.length).toBe(2);
    expect(notes).toEqual(['3: file ends inside a record; 2 complete frames were read']);
  });
  it('stops at an impossible length', async () => {
    const whole = c.pcap([arp, arp, arp]);
    whole.set([255, 255, 255, 127], 24 + 58 + 8);
    const { frames, notes } = await dump(whole);
    expect(frames.length).toBe(1);
    expect(notes).toEqual(['2: frame length 2147483647 is impossible; 1 frames before it were read']);
  });
  it('says when the fractions are no microseconds', async () => {
    const bytes = c.pcap([arp, arp]);
    bytes.set([0, 0x65, 0xcd, 0x1d], 28);
    const { frames, notes } = await dump(bytes);
    expect(frames[0]).toMatchObject({ nsec: 500000000 });
    expect(notes.length).toBe(1);
  });
  it('is told from other files', async () => {
    expect((await dump(Uint8Array.from(c.hex('1f8b0800000000')))).notes).toEqual(['neither a pcap nor a pcapng file']);
    expect((await dump(new Uint8Array(0))).notes).toEqual(['empty file, no capture header']);
    expect((await dump(Uint8Array.from([0xd4, 0xc3]))).notes).toEqual(['too short for a capture header']);
  });
});

describe('cooked captures', () => {
  it('have a tap for each interface index and direction', async () => {
    const { taps } = await dump(fixture('any.pcap'));
    const seen = taps.map((t) => `${t.ifindex} ${t.direction} ${t.ifname}`).sort();
    expect(seen.length).toBe(2);
    expect(seen[0]).toMatch(/^\d+ in undefined$/);
    expect(seen[1]).toMatch(/^\d+ out undefined$/);
  });
  it('of version 1 have one for each direction of "any"', async () => {
    const { taps } = await dump(fixture('any-v1.pcap'));
    expect(taps.map((t) => `${t.ifindex} ${t.direction} ${t.ifname}`).sort()).toEqual([
      'undefined in any',
      'undefined out any',
    ]);
  });
});

const text = (t: string) => [...Buffer.from(t)];

describe('pcapng', () => {
  for (const little of [true, false]) {
    it(`${little ? 'little' : 'big'}-endian: interfaces, directions, facts`, async () => {
      const b = new c.Pcapng(little);
      b.section(b.option(3, text('Linux 6.1')));
      b.interface(1, [...b.option(2, text('eth0')), ...b.option(9, [9]), ...b.option(11, [0, ...text('port 53')])], 96);
      b.interface(101, [...b.option(2, text('tunl0')), ...b.option(14, b.n64(0, 100))]);
      b.block(0x0bad, b.n32(32473));
      b.packet(0, 0x17979cfe, 0x362a0000, arp, b.option(2, b.n32(1)));
      b.packet(1, 0x0005fb5d, 0x12345678, c.ip4(17, c.udp(1, 2, [])), [
        ...b.option(2, b.n32(2)),
        ...b.option(4, b.n64(0, 3)),
      ]);
      b.block(4, b.n32(0));
      b.block(5, [...b.n32(0), ...b.n32(0), ...b.n32(0), ...b.option(5, b.n64(0, 7)), ...b.option(7, b.n64(0, 1))]);
      const { frames, taps, facts, notes } = await dump(Uint8Array.from(b.bytes()));
      const ticks = (0x17979cfen << 32n) | 0x362a0000n;
      const micro = (0x0005fb5dn << 32n) | 0x12345678n;
      expect(notes).toEqual([]);
      expect(frames[0]).toMatchObject({
        ...{ place: 1, arpOp: 1 },
        ...{ sec: Number(ticks / 1_000_000_000n), nsec: Number(ticks % 1_000_000_000n) },
      });
      expect(frames[1]).toMatchObject({
        ...{ place: 2, dport: 2 },
        ...{ sec: Number(micro / 1_000_000n) + 100, nsec: Number(micro % 1_000_000n) * 1000 },
      });
      expect(taps).toMatchObject([
        { ifname: 'eth0', direction: 'in', linkType: 1 },
        { ifname: 'tunl0', direction: 'out', linkType: 101 },
      ]);
      expect(facts).toEqual([
        { format: 'pcapng', linkType: 1, ifname: 'eth0', snapLength: 96, filter: 'port 53', drops: 8, os: 'Linux 6.1' },
        { format: 'pcapng', linkType: 101, ifname: 'tunl0', drops: 3, os: 'Linux 6.1' },
      ]);
    });
  }
  it('sections of both byte orders', async () => {
    const big = new c.Pcapng(false).section().interface(1).packet(0, 0, 1, arp);
    const small = new c.Pcapng(true)
      .section()
      .interface(101)
      .packet(0, 0, 2, c.ip4(17, c.udp(1, 2, [])));
    const { frames, facts } = await dump(Uint8Array.from([...big.bytes(), ...small.bytes()]));
    expect(frames.map((f) => [f.place, f.nsec, f.etherType])).toEqual([
      [1, 1000, 0x0806],
      [2, 2000, 0x0800],
    ]);
    expect(facts.map((f) => f.linkType)).toEqual([1, 101]);
  });
  it('simple and old packet blocks', async () => {
    const b = new c.Pcapng().section().interface(1, [], 42);
    b.block(3, [...b.n32(60), ...arp]);
    b.block(2, [...b.n16(0), ...b.n16(5), ...b.n32(0), ...b.n32(9), ...b.n32(42), ...b.n32(42), ...arp]);
    const { frames, taps, facts } = await dump(Uint8Array.from(b.bytes()));
    expect(frames[0]).toMatchObject({ sec: -1, capLen: 42, wireLen: 60, arpOp: 1 });
    expect(frames[1]).toMatchObject({ sec: 0, nsec: 9000, arpOp: 1 });
    expect(taps.map((t) => t.timeKind)).toEqual(['none', 'epoch']);
    expect(facts[0]!.drops).toBe(5);
  });
  for (const [value, ticks, nsec] of [
    [0x80 | 10, 512, 500000000],
    [12, 1_500_000, 1500],
    [3, 7, 7000000],
    [0, 0, 0],
  ] as const) {
    it(`resolution ${value}`, async () => {
      const b = new c.Pcapng();
      b.section()
        .interface(1, b.option(9, [value]))
        .packet(0, 0, ticks, arp);
      expect((await dump(Uint8Array.from(b.bytes()))).frames[0]).toMatchObject({ sec: 0, nsec });
    });
  }
  it('leaves out damaged packets and goes on', async () => {
    const b = new c.Pcapng().section().interface(1);
    b.packet(7, 0, 1, arp);
    b.block(6, [...b.n32(0), ...b.n32(0), ...b.n32(0), ...b.n32(9999), ...b.n32(9999)]);
    b.packet(0, 0, 1, arp);
    const { frames, notes } = await dump(Uint8Array.from(b.bytes()));
    expect(frames.length).toBe(1);
    expect(notes).toEqual([
      '1: damaged packet block of an undescribed interface left out',
      '1: damaged packet block left out',
    ]);
  });
  it('leaves out a count of drops that no counter reaches, in statistics and in packets', async () => {
    const b = new c.Pcapng().section().interface(1).interface(1);
    b.packet(1, 0, 1, arp, [...b.option(4, b.n64(0, 3)), ...b.option(4, b.n64(0x80000000, 0))]);
    const [most, no] = [b.n64(0xffffffff, 0xffffffff), b.n32(0)];
    b.block(5, [...no, ...no, ...no, ...b.option(5, most), ...b.option(7, b.n64(0, 4))]);
    expect((await dump(Uint8Array.from(b.bytes()))).facts.map((f) => f.drops)).toEqual([4, 3]);
  });
  const LEFT_OUT = 'packet block left out: it has none of the first 32768 interfaces';
  it('counts the interfaces of all sections, and leaves out what is of one too many', async () => {
    const one = new c.Pcapng().section().interface(1).packet(0, 0, 1, arp).bytes();
    const { frames, facts, notes } = await dump(Buffer.alloc(one.length * 33_000, Uint8Array.from(one)));
    expect(frames.length).toBe(32_768);
    expect(facts.length).toBe(32_768);
    expect(notes).toEqual(Array(232).fill(`32769: ${LEFT_OUT}`));
  });
  it('reads frames of the first interfaces behind that of one too many', async () => {
    const b = new c.Pcapng().section();
    for (let i = 0; i < 32_800; i++) b.interface(1);
    b.packet(32_799, 0, 1, arp).packet(3, 0, 1, arp);
    const { frames, notes } = await dump(Uint8Array.from(b.bytes()));
    expect(frames.length).toBe(1);
    expect(notes).toEqual([`1: ${LEFT_OUT}`]);
  });
  it('keeps the complete frames of a cut file', async () => {
    const bytes = Uint8Array.from(
      new c.Pcapng().section().interface(1).packet(0, 0, 1, arp).packet(0, 0, 2, arp).bytes(),
    );
    const { frames, facts, notes } = await dump(bytes.subarray(0, bytes.length - 5));
    expect(frames.length).toBe(1);
    expect(facts.length).toBe(1);
    expect(notes).toEqual(['2: file ends inside a block; 1 complete frames were read']);
  });
  it('stops where a block cannot be one', async () => {
    const b = new c.Pcapng().section().interface(1).packet(0, 0, 1, arp);
    const { frames, notes } = await dump(
      Uint8Array.from([...b.bytes(), ...c.hex('06000000 04000000 00000000 00000000')]),
    );
    expect(frames.length).toBe(1);
    expect(notes).toEqual(['2: a block claims a length of 4 bytes; 1 frames before it were read']);
  });
});
