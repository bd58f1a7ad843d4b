import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.js';

const SAMPLES = 'samples/bundles';
const reportOf = (start: string) =>
  analyze([`${SAMPLES}/${readdirSync(SAMPLES).find((n) => n.startsWith(start) && !n.endsWith('.json'))}`]);

describe('what is missing to decide', () => {
  it('names the rules of the node that a likely cause is on', async () => {
    const { notChecked, ruledOut } = await reportOf('102-overlay-port-blocked-b');
    expect(notChecked.map((n) => n.collect).join('\n')).toMatch(/iptables-save.*on ubuntu-c/);
    // One node lets the packets through; the other's rules are not known, so nothing is ruled out.
    expect(ruledOut.map((r) => r.code)).not.toContain('forward-drop');
    expect(ruledOut.map((r) => r.code)).toContain('missing-pod-route');
  });

  it('asks for the capture that would show where packets vanish', async () => {
    const { notChecked } = await reportOf('108-underlay-drop-b');
    expect(notChecked.find((n) => n.code === 'underlay-drop')?.collect).toMatch(/^tcpdump -nni eth0 .*# on kb-2$/);
  });

  it('has nothing left to ask where the cause is proven, and rules out what the packet passed', async () => {
    const { notChecked, ruledOut, verdict } = await reportOf('108-underlay-drop-a');
    expect(verdict.confidence).toBe('proven');
    expect(notChecked.map((n) => n.code)).not.toContain('rp-filter-drop');
    expect(ruledOut.map((r) => r.code)).toEqual(
      expect.arrayContaining(['forward-drop', 'overlay-port-blocked', 'missing-pod-route']),
    );
    for (const { evidence } of ruledOut) expect(evidence.length).toBeGreaterThan(0);
    expect(new Set(ruledOut.map((r) => r.code)).size).toBe(ruledOut.length);
  });

  it('says nothing of the kind about a healthy cluster', async () => {
    const { ruledOut } = await reportOf('010');
    expect(ruledOut.filter((r) => ['forward-drop', 'rp-filter-drop', 'missing-pod-route'].includes(r.code))).toEqual(
      [],
    );
  });

  it('asks for no capture at a device where one was taken, for ways that nobody tried', async () => {
    // From two namespaces: envelopes reach pirol, whose INPUT drops them; nobody looked inside the tunnel.
    const bundle = 'test/diagnosis/envelopes-without-inside';
    const capture = /^tcpdump -nni enp7s0 .* on pirol$/;
    const whole = await analyze([bundle]);
    expect([whole.verdict.cause, whole.verdict.confidence]).toEqual(['overlay-port-blocked', 'likely']);
    expect(whole.notChecked.filter(({ collect }) => capture.test(collect))).toEqual([]);
    const without = readdirSync(bundle).filter((name) => name !== 'pirol_uplink.pcap');
    const { notChecked } = await analyze(without.map((name) => `${bundle}/${name}`));
    expect(notChecked.filter(({ collect }) => capture.test(collect))).toHaveLength(1);
  });
});
