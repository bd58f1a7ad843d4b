import { expect, it, vi } from 'vitest';
import { analyze } from '../../src/analyze.js';

vi.mock('../../src/exhibits/cluster-map.js', () => ({
  clusterMap: () => {
    throw new Error('no ink');
  },
}));

it('an exhibit that cannot be drawn costs itself alone, and is noted', async () => {
  const report = await analyze(['samples/bundles/101-forward-drop-a.tar.xz']);
  expect(report.verdict.cause).toBe('forward-drop');
  expect(report.exhibits.cluster).toEqual({ nodes: [], ways: [] });
  expect(report.exhibits.conversations.length).toBeGreaterThan(0);
  expect(report.exhibits.timeline.events.length).toBeGreaterThan(0);
  expect(report.notRead).toContainEqual({
    file: '(report)',
    reason: 'no map of the cluster (a bug in podtrail: no ink)',
    count: 1,
  });
}, 120_000);
