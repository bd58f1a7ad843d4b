import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../src/model/journey/packet.js';
import type { Crossing, Hook } from '../../../src/model/netfilter/passage.js';
import { traverse } from '../../../src/model/netfilter/traverse.js';
import { at, brief, hostOf, packet } from './dumped.js';

const TABLES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const save = (rules: Readonly<Record<string, string>>): string =>
  Object.entries(TABLES)
    .map(
      ([table, chains]) =>
        `*${table}\n${chains.map((c) => `:${c} ACCEPT [0:0]`).join('\n')}\n${rules[table] ?? ''}\nCOMMIT\n`,
    )
    .join('');

const ADDRESSES = [
  'lo 127.0.0.1/8',
  'eth0 192.168.1.5/24',
  'eth0 192.168.1.6/24 secondary',
  'eth1 10.5.0.1/16',
  'eth1 10.6.0.1/16',
  'eth0 fd00::5/64',
];
const ways = (rules: Readonly<Record<string, string>>, hook: Hook, walking: Packet, where: Partial<Crossing> = {}) =>
  traverse(
    hostOf({
      dumps: [{ text: save(rules), command: walking.family === 6 ? 'ip6tables-save' : 'iptables-save' }],
      addresses: ADDRESSES,
    }),
    at(hook, walking, where),
  );
const outcome = (...given: Parameters<typeof ways>): readonly string[] => ways(...given).map(brief);

const P = packet('10.1.0.1', '10.2.0.2');

describe('marks', () => {
  it.each([
    ['--set-xmark 0x4000/0x4000', 0x1, 0x4001],
    ['--set-xmark 0x0/0xffff0000', 0xff0001, 0x1],
    ['--set-xmark 0x4000/0x0', 0x4001, 0x1],
    ['--set-mark 0x5/0x1', 0x2, 0x7],
    ['--or-mark 0x8', 0x1, 0x9],
    ['--and-mark 0x1', 0x3, 0x1],
    ['--xor-mark 0x1', 0x3, 0x2],
    ['--set-xmark 0x80000000/0x80000000', 0x0, 0x80000000],
  ])('MARK %s', (options, before, wanted) => {
    const [way] = ways({ mangle: `-A PREROUTING -j MARK ${options}` }, 'PREROUTING', { ...P, mark: before });
    expect(way!.packet.mark).toBe(wanted);
  });
  it('CONNMARK saves, restores and sets', () => {
    const marked = { ...P, mark: 0x12 };
    const mangle = '-A FORWARD -j CONNMARK --save-mark --nfmask 0xf --ctmask 0xf';
    expect(ways({ mangle }, 'FORWARD', marked)[0]!.packet.ct.mark).toBe(2);
    const known = { ...P, mark: 0x100, ct: { ...P.ct, mark: 0x7 } };
    const restore = '-A FORWARD -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff';
    expect(ways({ mangle: restore }, 'FORWARD', known)[0]!.packet.mark).toBe(7);
    expect(ways({ mangle: '-A FORWARD -j CONNMARK --set-xmark 0x3/0xff' }, 'FORWARD', known)[0]!.packet.ct.mark).toBe(
      3,
    );
  });
});

describe('NAT', () => {
  it.each<[string, Hook, string, Partial<Packet>, string]>([
    [
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.3.0.3:8080',
      'PREROUTING',
      'accept 10.1.0.1 > 10.3.0.3:8080',
      {},
      '',
    ],
    ['-A PREROUTING -j DNAT --to-destination 10.3.0.3', 'PREROUTING', 'accept 10.1.0.1 > 10.3.0.3:80', {}, ''],
    ['-A PREROUTING -p tcp -j DNAT --to-destination :8080', 'PREROUTING', 'accept 10.1.0.1 > 10.2.0.2:8080', {}, ''],
    [
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.3.0.3:70-90',
      'PREROUTING',
      'accept 10.1.0.1 > 10.3.0.3:80',
      {},
      '',
    ],
    [
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.3.0.3:8000-8100',
      'PREROUTING',
      'accept 10.1.0.1 > 10.3.0.3:',
      {},
      '',
    ],
    ['-A PREROUTING -p tcp -j REDIRECT --to-ports 15001', 'PREROUTING', 'accept 10.1.0.1 > 192.168.1.5:15001', {}, ''],
    ['-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'OUTPUT', 'accept 10.1.0.1 > 127.0.0.1:15001', {}, ''],
    ['-A PREROUTING -j NETMAP --to 192.0.2.0/24', 'PREROUTING', 'accept 10.1.0.1 > 192.0.2.2:80', {}, ''],
    ['-A POSTROUTING -j SNAT --to-source 192.0.2.9', 'POSTROUTING', 'accept 192.0.2.9 > 10.2.0.2:80', {}, ''],
    ['-A POSTROUTING -j MASQUERADE', 'POSTROUTING', 'accept 10.5.0.1 > 10.2.0.2:80', {}, ''],
    ['-A INPUT -j SNAT --to-source 192.0.2.9', 'INPUT', 'accept 192.0.2.9 > 10.2.0.2:80', {}, ''],
  ])('%s', (nat, hook, expected, more) => {
    expect(outcome({ nat }, hook, { ...P, ...more })).toEqual([expected]);
  });

  it('MASQUERADE takes the address near the next hop', () => {
    expect(outcome({ nat: '-A POSTROUTING -j MASQUERADE' }, 'POSTROUTING', P, { nextHop: '10.6.0.9' })).toEqual([
      'accept 10.6.0.1 > 10.2.0.2:80',
    ]);
  });
  it('MASQUERADE on a device without address takes another\u2019s', () => {
    expect(outcome({ nat: '-A POSTROUTING -j MASQUERADE' }, 'POSTROUTING', P, { oif: 'tunl0' })).toEqual([
      'accept 192.168.1.5 > 10.2.0.2:80',
    ]);
  });
  it('MASQUERADE in IPv6', () => {
    const six = packet('fd01::1', 'fd02::2');
    expect(outcome({ nat: '-A POSTROUTING -j MASQUERADE' }, 'POSTROUTING', six, { oif: 'eth0' })).toEqual([
      'accept fd00::5 > fd02::2:80',
    ]);
    expect(outcome({ nat: '-A PREROUTING -p tcp -j DNAT --to-destination [fd03::3]:8080' }, 'PREROUTING', six)).toEqual(
      ['accept fd01::1 > fd03::3:8080'],
    );
  });
  it('a range of addresses is a choice', () => {
    expect(outcome({ nat: '-A PREROUTING -j DNAT --to-destination 10.3.0.3-10.3.0.4' }, 'PREROUTING', P)).toEqual([
      'accept 10.1.0.1 > 10.3.0.3:80 [10.3.0.3:80, 1 of 2]',
      'accept 10.1.0.1 > 10.3.0.4:80 [10.3.0.4:80, 2 of 2]',
    ]);
  });
  it('a mapping that changes nothing leaves no mark in conntrack', () => {
    const [way] = ways({ nat: '-A PREROUTING -j DNAT --to-destination 10.2.0.2' }, 'PREROUTING', P);
    expect(way!.packet.ct.dnat).toBe(false);
  });
  it('is asked for first packets only', () => {
    const nat = '-A PREROUTING -j DNAT --to-destination 10.3.0.3';
    for (const state of ['ESTABLISHED', 'INVALID', 'UNTRACKED'] as const)
      expect(outcome({ nat }, 'PREROUTING', { ...P, ct: { ...P.ct, state } })).toEqual([
        'accept 10.1.0.1 > 10.2.0.2:80',
      ]);
    expect(outcome({ nat }, 'PREROUTING', P, { iif: 'lo' })).toEqual(['accept 10.1.0.1 > 10.2.0.2:80']);
    expect(outcome({ nat }, 'PREROUTING', { ...P, ct: { ...P.ct, state: 'unknown' } })).toEqual([
      'accept 10.1.0.1 > 10.2.0.2:80 ?1',
      'accept 10.1.0.1 > 10.3.0.3:80 ?1',
    ]);
  });
  it('not for packets that conntrack was told to leave alone', () => {
    const rules = {
      raw: '-A PREROUTING -p tcp -j CT --notrack',
      nat: '-A PREROUTING -j DNAT --to-destination 10.3.0.3',
    };
    const [way] = ways(rules, 'PREROUTING', P);
    expect(way!.packet).toMatchObject({ dst: '10.2.0.2', ct: { state: 'UNTRACKED' } });
  });
  it('unknown addresses: nobody can tell', () => {
    const [way] = traverse(hostOf({ rules: save({ nat: '-A POSTROUTING -j MASQUERADE' }) }), at('POSTROUTING', P));
    expect(way).toMatchObject({
      verdict: 'unknown',
      missing: { what: 'the address of eth1 of node-1', collect: 'ip addr    # on node-1' },
    });
  });
  it('a RETURN by networks is told: it says why a source stays', () => {
    const nat = '-A POSTROUTING -s 10.1.0.0/16 -d 10.2.0.0/16 -j RETURN\n-A POSTROUTING -j MASQUERADE';
    const [way] = ways({ nat }, 'POSTROUTING', P);
    expect(way!.packet.src).toBe('10.1.0.1');
    expect(way!.steps.map((step) => step.says)).toEqual(['returns it as it is']);
  });
});

describe('verdicts', () => {
  it('REJECT says with what', () => {
    const [way] = ways({ filter: '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset' }, 'FORWARD', P);
    expect(way!.verdict).toBe('reject');
    expect(way!.steps.at(-1)!.says).toBe('rejects it with tcp-reset');
  });
  it.each(['LOG --log-prefix "x "', 'NFLOG', 'TRACE', 'TCPMSS --clamp-mss-to-pmtu', 'SET --add-set x src'])(
    '%s goes on',
    (target) => {
      expect(outcome({ mangle: `-A FORWARD -j ${target}`, filter: '-A FORWARD -j DROP' }, 'FORWARD', P)[0]).toMatch(
        /^drop/,
      );
    },
  );
  it.each(['NFQUEUE --queue-num 1', 'TPROXY --on-port 1 --on-ip 127.0.0.1', 'NEWTARGET --x'])(
    '%s: cannot tell',
    (target) => {
      expect(outcome({ mangle: `-A FORWARD -j ${target}`, filter: '-A FORWARD -j DROP' }, 'FORWARD', P)[0]).toMatch(
        /^unknown/,
      );
    },
  );
  it('an accept ends its own table only', () => {
    expect(outcome({ mangle: '-A FORWARD -j ACCEPT', filter: '-A FORWARD -j DROP' }, 'FORWARD', P)[0]).toMatch(/^drop/);
  });
});
