import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlayPortBlocked } from '../../src/diagnosis/causes/overlay-port-blocked.js';
import { underlayDrop } from '../../src/diagnosis/causes/underlay-drop.js';
import { filesBelow, unpacked, unpackersMissing } from '../samples/unpacked.js';
import { explained, heardOf, heardSample, outcome } from './case-of.js';

describe('underlay-drop', () => {
  it('is proven by taps on both nodes', async () => {
    const told = await heardSample('108-underlay-drop-a', underlayDrop);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects.slice(0, 5)).toEqual(['az1-w', 'az2-w', '10.180.0.12', '10.180.0.13', 'UDP 4789']);
    expect(told.drafts[0]?.remedy[0]?.command).toBe(
      '# ask those who run the network to let UDP 4789 pass between 10.180.0.12 and 10.180.0.13, both ways',
    );
    expect(explained(told).sort()).toEqual(['lost-between-captures', 'unreplied-syn']);
    expect(told.quotes('underlay-drop').some((e) => 'absent' in e && e.searched[0]?.includes('az2-w'))).toBe(true);
  });

  it.skipIf(unpackersMissing() !== undefined)(
    'is proven where a rule might drop what never came to the receiver: its ipset is not shown',
    async () => {
      const below = mkdtempSync(join(tmpdir(), 'podtrail-underlay-'));
      try {
        const folder = unpacked('samples/bundles/108-underlay-drop-a.tar.gz', below);
        for (const file of filesBelow(folder)) if (file.includes('ipset')) rmSync(join(folder, file));
        const told = await heardOf(folder, [underlayDrop, overlayPortBlocked]);
        expect(told.drafts.map(({ code, confidence }) => [code, confidence])).toEqual([['underlay-drop', 'proven']]);
      } finally {
        rmSync(below, { recursive: true, force: true });
      }
    },
  );

  it('is likely with one tap, when the configuration of both nodes lets the packets through', async () => {
    const told = await heardSample('108-underlay-drop-b', underlayDrop);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(told.quotes('underlay-drop').map((e) => e.role)).toContain('the nodes themselves reach each other');
  });

  it.each([
    ['a rule of the receiver', '102-overlay-port-blocked-a'],
    ['the receiver without its rules', '102-overlay-port-blocked-b'],
    ['size that decides', '106-mtu-blackhole-a'],
    ['forwarding that is off', '100-ip-forward-disabled-a'],
    ['a healthy cluster', '010'],
    ['another', '012'],
  ])('is not blamed for %s', async (_, sample) => {
    const { drafts } = await heardSample(sample, underlayDrop);
    expect(drafts.filter((draft) => draft.confidence !== 'possible')).toEqual([]);
  });

  it('is quiet in a healthy cluster', async () => {
    expect(outcome(await heardSample('011', underlayDrop))).toBe('quiet');
  });
});
