import { describe, expect, it } from 'vitest';
import { staleConntrackEntry } from '../../src/diagnosis/causes/stale-conntrack-entry.js';
import { at, heard, heardSample, outcome } from './case-of.js';

const OBJECTS = {
  'services.txt':
    'NAMESPACE   NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE   SELECTOR\ndefault     log    ClusterIP   10.96.0.20    <none>        514/UDP   9d    app=log\n',
  'endpoints.txt': 'NAMESPACE   NAME   ENDPOINTS        AGE\ndefault     log    10.44.1.2:514    9d\n',
};
const entry = (target: string, state = '[UNREPLIED] ') =>
  at(
    'n1',
    'conntrack -L',
    `udp      17 27 src=10.44.2.9 dst=10.96.0.20 sport=45257 dport=514 ${state}src=${target} dst=10.44.2.9 sport=514 dport=45257 mark=0 use=1`,
  );
const told = (text: string) => heard({ ...OBJECTS, 'n1.txt': text }, staleConntrackEntry);

describe('stale-conntrack-entry', () => {
  it('is likely when the entry leads to what is no endpoint any more', async () => {
    const { drafts } = await told(entry('10.44.3.3'));
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects).toEqual(['10.44.3.3', '10.96.0.20', '10.44.2.9', 'default/log', 'n1']);
    expect(drafts[0]?.remedy[0]?.command).toContain('conntrack -D -p udp --orig-dst 10.96.0.20 --dport 514');
  });

  it('leaves entries of present endpoints and answered flows alone', async () => {
    expect(outcome(await told(entry('10.44.1.2')))).toBe('quiet');
    expect(outcome(await told(entry('10.44.3.3', '')))).toBe('quiet');
  });

  it('is quiet when the endpoints are not in the bundle', async () => {
    expect(
      outcome(
        await heard({ 'services.txt': OBJECTS['services.txt'], 'n1.txt': entry('10.44.3.3') }, staleConntrackEntry),
      ),
    ).toBe('quiet');
  });

  it('suspects it without the entries, where queries go to nobody while others reach an endpoint', async () => {
    const { drafts } = await heardSample('117-stale-conntrack-entry-b', staleConntrackEntry);
    expect(drafts[0]).toMatchObject({ confidence: 'possible', severity: 'critical' });
    expect(drafts[0]?.wants?.[0]?.collect).toMatch(/^conntrack -L .*# on zed-1$/);
    expect(outcome(await heardSample('134-conntrack-insert-race-b', staleConntrackEntry))).toBe('quiet');
  });
});
