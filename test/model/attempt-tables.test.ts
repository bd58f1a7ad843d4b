import { describe, expect, it } from 'vitest';
import { withModel } from '../../src/analyze.js';
import { prepareAttempts } from '../../src/model/attempt-tables.js';

/** Samples with captures of several taps, tcpdump text, LOG lines without numbers, resets and translated addresses. */
const SAMPLES = [
  '000-pod-cidr-mismatch.tar.gz',
  '001-vtep-address-unreachable.tar',
  '011-healthy-calico-bgp.tar.bz2',
  '101-forward-drop-b.tar.gz',
];

const attemptsOf = (sample: string, atOnce?: number): Promise<readonly object[]> =>
  withModel([`samples/bundles/${sample}`], {}, async ({ scene }) => {
    await prepareAttempts(scene, atOnce);
    return scene.rows('SELECT * FROM attempt ORDER BY ALL');
  });

describe('connection attempts', () => {
  it.each(SAMPLES)('are the same when their outcome is found part by part: %s', async (sample) => {
    const whole = await attemptsOf(sample);
    expect(whole.length).toBeGreaterThan(1);
    expect(await attemptsOf(sample, 1)).toEqual(whole);
  });
});
