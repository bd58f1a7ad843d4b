import { describe, expect, it } from 'vitest';
import { withModel } from '../../src/analyze.js';
import { prepareLookups } from '../../src/model/dns-tables.js';
import { prepareEchoes } from '../../src/model/echo-tables.js';

/** Samples with pings and lookups, some of them translated on their way, captures of several taps, text, LOG lines. */
const SAMPLES = [
  '000-pod-cidr-mismatch.tar.gz',
  '001-vtep-address-unreachable.tar',
  '011-healthy-calico-bgp.tar.bz2',
  '134-conntrack-insert-race-a.tar.gz',
];

const TABLES = ['echo', 'echo_reply', 'dns'] as const;

const tablesOf = (sample: string, atOnce?: number): Promise<readonly (readonly object[])[]> =>
  withModel([`samples/bundles/${sample}`], {}, async ({ scene }) => {
    await prepareEchoes(scene, atOnce);
    await prepareLookups(scene, atOnce);
    const tables: (readonly object[])[] = [];
    for (const table of TABLES) tables.push(await scene.rows(`SELECT * FROM ${table} ORDER BY ALL`));
    return tables;
  });

describe('pings and lookups', () => {
  it.each(SAMPLES)('are the same when they are paired part by part: %s', async (sample) => {
    const whole = await tablesOf(sample);
    expect(whole.flat().length).toBeGreaterThan(1);
    expect(await tablesOf(sample, 20)).toEqual(whole);
  });
});
