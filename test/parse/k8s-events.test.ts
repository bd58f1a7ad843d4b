import { describe, expect, it } from 'vitest';
import { k8sEvents } from '../../src/parse/kubernetes/k8s-events.js';
import { annotate, goldenTests } from './harness.js';

describe('k8s-events', () => {
  goldenTests(k8sEvents);

  it('starts on headings and on whole rows', () => {
    for (const line of [
      'LAST SEEN   TYPE      REASON    OBJECT      MESSAGE',
      '  Type     Reason     Age   From               Message',
      '35s         Warning   BackOff   pod/brick   Back-off restarting failed container',
    ])
      expect(k8sEvents.starts(line), line).toBe(true);
  });

  it('refuses conditions, other tables and prose', () => {
    for (const line of [
      '  Type                 Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message',
      'NAME   READY   STATUS    RESTARTS   AGE',
      'Warning: iptables-legacy tables present',
      'The reason is in the message.',
      'Normal traffic stopped 5m ago',
      '原因是 reason 和 message',
    ])
      expect(k8sEvents.starts(line), line).toBe(false);
  });
});

describe('rows of describe alone', () => {
  it('are read without their heading, and without the object that was described', () => {
    const text =
      '  Warning  Unhealthy  <invalid> (x2 over <invalid>)  kubelet            Readiness probe failed: calico/node is not ready: BIRD is not ready';
    expect(k8sEvents.starts(text)).toBe(true);
    expect(annotate(k8sEvents, text, { path: 'paste.txt' })).toContain('reason=Unhealthy');
    expect(k8sEvents.starts('Warning: this is no event')).toBe(false);
  });
});
