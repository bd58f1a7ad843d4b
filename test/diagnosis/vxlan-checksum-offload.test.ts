import { describe, expect, it } from 'vitest';
import { underlayDrop } from '../../src/diagnosis/causes/underlay-drop.js';
import { vxlanChecksumOffload } from '../../src/diagnosis/causes/vxlan-checksum-offload.js';
import { explained, heardSample, outcome } from './case-of.js';

describe('vxlan-checksum-offload', () => {
  it('is proven by wrong checksums at the receiver and offload at the sender', async () => {
    const told = await heardSample('137-vxlan-checksum-offload-a', vxlanChecksumOffload, underlayDrop);
    expect(told.drafts.map((d) => d.code)).toEqual(['vxlan-checksum-offload']);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 3)).toEqual(['nic-1', 'nic-2', 'flannel.1']);
    expect(told.drafts[0]?.remedy[0]?.command).toBe('ethtool -K flannel.1 tx-checksum-ip-generic off    # on nic-1');
    expect(explained(told).sort()).toEqual(['bad-checksum', 'unreplied-syn']);
    expect(told.quotes('vxlan-checksum-offload').some((e) => /offload|is on at the sender/.test(e.role))).toBe(true);
  });

  it('is only possible at the sender\u2019s tap, where unfinished checksums are normal, while ping passes', async () => {
    const told = await heardSample('137-vxlan-checksum-offload-b', vxlanChecksumOffload);
    expect(told.drafts[0]).toMatchObject({ confidence: 'possible' });
    expect(told.drafts[0]?.subjects.slice(0, 2)).toEqual(['guest-b', 'guest-c']);
    expect(told.quotes('vxlan-checksum-offload').map((e) => e.role)).toContain(
      'ping is answered through the same tunnel',
    );
  });

  it.each([
    ['packets that the network drops', '108-underlay-drop-b'],
    ['a firewall', '102-overlay-port-blocked-a'],
    ['a healthy cluster with offload', '010'],
    ['another', '012'],
  ])('is not blamed for %s', async (_, sample) => {
    expect(outcome(await heardSample(sample, vxlanChecksumOffload))).toBe('quiet');
  });
});
