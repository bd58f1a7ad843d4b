import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.js';

const folder = mkdtempSync(join(tmpdir(), 'podtrail-timeline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const event = (name: string, time: string): string => `- apiVersion: v1
  kind: Event
  metadata:
    name: ${name}.1
    namespace: default
  involvedObject:
    kind: Pod
    name: ${name}
    namespace: default
  reason: Unhealthy
  message: 'Readiness probe failed: no route to host'
  type: Warning
  lastTimestamp: ${time}
`;

it('holds what has a time, in its order: Kubernetes events of objects, then what has no date, and no configuration', async () => {
  writeFileSync(
    join(folder, 'events.yaml'),
    `apiVersion: v1\nkind: List\nitems:\n${event('web-2', '"2026-11-21T12:00:05Z"')}${event('web-1', '"2026-11-20T23:59:59Z"')}`,
  );
  writeFileSync(
    join(folder, 'syslog'),
    'Nov 21 12:00:04 node-1 kernel: IPv4: martian source 10.0.0.5 from 10.244.1.6, on dev eth0\n',
  );
  writeFileSync(
    join(folder, 'dmesg.txt'),
    '[12345.678901] IPv4: martian source 10.0.0.5 from 10.244.1.6, on dev eth0\n',
  );
  writeFileSync(
    join(folder, 'events.txt'),
    'LAST SEEN   TYPE      REASON      OBJECT      MESSAGE\n3m          Warning   Unhealthy   pod/web-3   Readiness probe failed\n',
  );
  writeFileSync(
    join(folder, 'ip_route.txt'),
    'default via 10.0.0.1 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5\n',
  );
  const { timeline } = (await analyze([folder])).exhibits;
  expect(
    timeline.events.map(({ time, exact, kind, file, line }) => ({ time, exact, kind, at: `${file}:${line}` })),
  ).toEqual([
    { time: '2026-11-20T23:59:59.000000Z', exact: true, kind: 'kubernetes', at: 'events.yaml:27' },
    { time: '2026-11-21T12:00:05.000000Z', exact: true, kind: 'kubernetes', at: 'events.yaml:14' },
    // Without a full date in any log or capture nobody knows the year.
    { time: '12345.678901s', exact: false, kind: 'kernel', at: 'dmesg.txt:1' },
    { time: '11-21 12:00:04.000000', exact: false, kind: 'kernel', at: 'syslog:1' },
  ]);
  expect(timeline.more).toBe(0);
}, 60_000);
