import { describe, expect, it } from 'vitest';
import { type Ask, type Asks, byWorth } from '../../src/diagnosis/asks.js';

const ask = (code: Ask['code'], collect: string, missing = collect): Ask => ({ code, missing: [missing], collect });
const NONE: Asks = { ofNamed: [], ofCauses: [], oneSided: [], looks: [], lacking: [], ofSymptoms: [], open: 'why' };
const commands = (asks: Partial<Asks>): string[] => byWorth({ ...NONE, ...asks }).map(({ collect }) => collect);

describe('what to collect, by worth', () => {
  it('of symptoms asks first for what shows whether anything fails, then for what only some networks have', () => {
    const lacks = (['vxlan-wrong-outer-dst', 'bad-checksum', 'martian-source', 'unreplied-syn'] as const).map((code) =>
      ask(code, code),
    );
    expect(commands({ ofSymptoms: lacks })).toEqual([
      'unreplied-syn',
      'martian-source',
      'vxlan-wrong-outer-dst',
      'bad-checksum',
    ]);
    expect(byWorth({ ...NONE, ofSymptoms: lacks }).some(({ first }) => first)).toBe(false);
  });

  it('says one command once for all nodes, and marks five at most', () => {
    const rules = ['a', 'b', 'c', 'd'].map((node) =>
      ask('forward-drop', `iptables-save    # on ${node}`, `rules of ${node}`),
    );
    const more = Array.from({ length: 7 }, (_, i) => ask('rp-filter-drop', `sysctl ${i}    # on a`));
    const asked = byWorth({ ...NONE, ofCauses: [...rules, ...more] });
    expect(asked[0]).toEqual({
      first: true,
      code: 'forward-drop',
      missing: ['rules of a', 'rules of b', 'rules of c', 'rules of d'],
      collect: 'iptables-save    # on a, b, c and 1 more',
    });
    expect(asked.filter(({ first }) => first)).toHaveLength(5);
    expect(asked).toHaveLength(8);
  });

  it('leaves out what another command brings as well, on the same node alone', () => {
    const part = ask('missing-pod-route', 'ip route; ip rule    # on a');
    const whole = (node: string): Ask => ask('missing-pod-route', `ip -d addr; ip rule; ip route    # on ${node}`);
    expect(commands({ ofCauses: [part], looks: [whole('a')] })).toEqual([whole('a').collect]);
    expect(commands({ ofCauses: [part], looks: [whole('b')] })).toEqual([part.collect, whole('b').collect]);
    const turned = ask('missing-pod-route', 'ip rule; ip route    # on a');
    expect(commands({ ofCauses: [part, turned] })).toEqual([part.collect, turned.collect]);
  });

  it('marks nothing where nothing is to be found out, and of a likely cause what it waits for', () => {
    const asks = { ofNamed: [ask('forward-drop', 'x')], ofCauses: [ask('stale-vtep', 'y')] };
    const first = (open: Asks['open']): string[] =>
      byWorth({ ...NONE, ...asks, open })
        .filter((one) => one.first)
        .map(({ collect }) => collect);
    expect(first('nothing')).toEqual([]);
    expect(first('how-sure')).toEqual(['x']);
    expect(first('why')).toEqual(['x', 'y']);
  });
});
