import { describe, expect, it } from 'vitest';
import { kubectlDescribe } from '../../src/parse/kubernetes/kubectl-describe.js';
import { annotate, goldenTests } from './harness.js';

describe('kubectl-describe', () => {
  goldenTests(kubectlDescribe);

  it('starts on names that stand far from their key, and on PodCIDR', () => {
    for (const line of [
      'Name:               worker01',
      'Name:         web',
      'PodCIDR:                      10.244.1.0/24',
    ])
      expect(kubectlDescribe.starts(line), line).toBe(true);
  });

  it('refuses nslookup, ipset and prose', () => {
    for (const line of [
      'Name: cali40all-ipam-pools',
      'Name:\tkubernetes.default.svc.cluster.local',
      'Name:      kubernetes.default',
      'Name:           of the rose',
      'PodCIDR: see below',
      'Server:         10.96.0.10',
      '名称:               worker01',
    ])
      expect(kubectlDescribe.starts(line), line).toBe(false);
  });

  it('gives the line back that is not its own', () => {
    const text = 'Name:               n1\nRoles:              <none>\nroot@n1:~# ip route\n';
    expect(annotate(kubectlDescribe, text, { path: 'x' })).toMatch(/ip route\n\s+\? not understood/);
  });
});
