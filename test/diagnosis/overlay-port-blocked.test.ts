import { describe, expect, it } from 'vitest';
import { hostFirewallDrop } from '../../src/diagnosis/causes/host-firewall-drop.js';
import { overlayPortBlocked } from '../../src/diagnosis/causes/overlay-port-blocked.js';
import { explained, heardSample, outcome } from './case-of.js';

describe('overlay-port-blocked', () => {
  it('is proven by the rule that takes the envelopes, and accepts the nodes\u2019 own network in front of it', async () => {
    const told = await heardSample('102-overlay-port-blocked-a', overlayPortBlocked, hostFirewallDrop);
    expect(told.drafts.map((d) => d.code)).toEqual(['overlay-port-blocked']);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 5)).toEqual(['k8s-02', 'INPUT', '10.88.4.13', '10.88.4.12', '8472']);
    expect(told.drafts[0]?.remedy[0]?.command).toBe(
      'iptables -I INPUT 1 -s 10.88.4.0/24 -p udp --dport 8472 -j ACCEPT    # on k8s-02',
    );
    expect(explained(told)).toContain('unreplied-syn');
  });

  it('is likely by the status of ufw, and opens the port there', async () => {
    const { drafts } = await heardSample('102-overlay-port-blocked-b', overlayPortBlocked);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.subjects).toEqual(expect.arrayContaining(['ubuntu-c', '192.168.8.102', '8472']));
    expect(drafts[0]?.remedy[0]?.command).toBe('ufw allow 8472/udp    # on ubuntu-c');
  });

  it.each(['010', '011', '012', '108-underlay-drop-a', '105-host-firewall-drop-a'])(
    'is quiet in sample %s',
    async (sample) => {
      expect(outcome(await heardSample(sample, overlayPortBlocked))).toBe('quiet');
    },
  );
});
