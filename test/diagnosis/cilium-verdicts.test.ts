import { describe, expect, it } from 'vitest';
import { networkPolicyDrop } from '../../src/diagnosis/causes/network-policy-drop.js';
import { at, explained, heard, podsTable } from './case-of.js';

const PODS = podsTable(['t/orders', 'Running', '10.8.1.44', 'w1'], ['t/db-0', 'Running', '10.8.2.19', 'w2']);
const TRY = at(
  'w1',
  'kubectl exec -n t orders -- nc -zv -w 3 10.8.2.19 5432',
  'nc: connect to 10.8.2.19 port 5432 (tcp) timed out: Operation now in progress',
);
const line = (reason: string, packet = '10.8.1.44:51834 -> 10.8.2.19:5432 tcp SYN'): string =>
  `xx drop (${reason}) flow 0x0 to endpoint 1183, ifindex 14, file bpf_lxc.c:2002, , identity 31722->9840: ${packet}`;
const told = (...lines: readonly string[]) =>
  heard(
    { 'pods.txt': PODS, 'try.txt': TRY, 'w2.txt': at('w2', 'cilium monitor --type drop', lines.join('\n')) },
    networkPolicyDrop,
  );

describe('what Cilium’s monitor says', () => {
  it('is a policy’s drop, likely, and explains the silence', async () => {
    const given = await told(line('Policy denied'), line('Policy denied'));
    expect(given.drafts).toMatchObject([{ code: 'network-policy-drop', confidence: 'likely', severity: 'critical' }]);
    expect(given.drafts[0]!.subjects).toEqual(['10.8.2.19', '10.8.1.44', 'db-0', 'orders', 'w2', 'w1']);
    expect(explained(given)).toEqual(expect.arrayContaining(['rule-drop', 'unreplied-syn']));
  });

  it.each([
    ['another reason', line('CT: Map insertion failed')],
    ['a packet that ends a connection', line('Policy denied', '10.8.1.44:51834 -> 10.8.2.19:5432 tcp RST')],
    ['a stranger from the internet', line('Policy denied', '203.0.113.9:51834 -> 10.8.2.19:5432 tcp SYN')],
  ])('is nobody’s fault for %s', async (_what, one) => {
    expect((await told(one, one)).drafts).toEqual([]);
  });
});
