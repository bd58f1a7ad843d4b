import { describe, expect, it } from 'vitest';
import { networkPolicyDrop } from '../../src/diagnosis/causes/network-policy-drop.js';
import { at, explained, heard, podsTable } from './case-of.js';

const PODS = podsTable(['shop/orders', 'Running', '10.8.1.44', 'w1'], ['shop/db-0', 'Running', '10.8.2.19', 'w2']);
const TRY = at(
  'w1',
  'kubectl exec -n shop orders -- nc -zv -w 3 10.8.2.19 5432',
  'nc: connect to 10.8.2.19 port 5432 (tcp) timed out: Operation now in progress',
);
const ends = (src: string, dst: string, what = 'Policy denied DROPPED (TCP Flags: SYN)'): string =>
  `Sep 30 09:52:11.402: ${src} (ID:31722) <> ${dst} (ID:9840) ${what}`;
const NAMES = ends('shop/orders:51834', 'shop/db-0:5432');
const ADDRESSES = ends('10.8.1.44:51834', '10.8.2.19:5432');
const FORWARDED = ends('shop/orders:40022', 'kube-system/coredns-5d78c9869d-x7tqp:53', 'to-endpoint FORWARDED (UDP)');
const json = (verdict: string, reason: string, dst = '10.8.2.19', port = 5432): string =>
  JSON.stringify({
    flow: {
      time: '2026-09-20T14:56:45.779111730Z',
      verdict,
      IP: { source: '10.8.1.44', destination: dst, ipVersion: 'IPv4' },
      l4: { TCP: { source_port: 51834, destination_port: port, flags: { SYN: true } } },
      drop_reason_desc: reason,
    },
  });

const told = (
  lines: readonly string[],
  files: Readonly<Record<string, string>> = { 'pods.txt': PODS, 'try.txt': TRY },
) => heard({ ...files, 'flows.txt': `${lines.join('\n')}\n` }, networkPolicyDrop);

describe('what Hubble says', () => {
  it.each([
    ['with names', [NAMES, NAMES]],
    ['with addresses', [ADDRESSES, ADDRESSES]],
    ['as JSON', [json('DROPPED', 'POLICY_DENIED'), json('DROPPED', 'POLICY_DENIED')]],
    ['as JSON, by a policy that denies', [json('DROPPED', 'POLICY_DENY'), json('DROPPED', 'POLICY_DENY')]],
  ])('is a policy’s drop, likely, and explains the silence: %s', async (_how, lines) => {
    const given = await told(lines);
    expect(given.drafts).toMatchObject([{ code: 'network-policy-drop', confidence: 'likely', severity: 'critical' }]);
    expect(given.drafts[0]!.subjects).toEqual(expect.arrayContaining(['10.8.2.19', '10.8.1.44']));
    expect(explained(given)).toContain('unreplied-syn');
  });

  it('is enough by its names alone', async () => {
    const { drafts } = await told([NAMES], {});
    expect(drafts).toMatchObject([
      { code: 'network-policy-drop', confidence: 'likely', subjects: ['shop/db-0', 'shop/orders'] },
    ]);
  });

  it('knows where a port begins behind an IPv6 address', async () => {
    const { drafts } = await told([ends('shop/orders:51834', '[2001:db8::9]:443')], {});
    expect(drafts).toMatchObject([{ severity: 'warning', subjects: ['2001:db8::9', 'shop/orders'] }]);
  });

  it('counts under the command that asked for it, whatever else is there', async () => {
    const { drafts } = await heard(
      { 'ticket.txt': at('w2', 'hubble observe --namespace shop', [FORWARDED, NAMES].join('\n')) },
      networkPolicyDrop,
    );
    expect(drafts).toMatchObject([{ code: 'network-policy-drop' }]);
  });

  it.each([
    ['a recording of all flows, where policies deny what they should', [FORWARDED, NAMES]],
    ['the same as JSON', [json('FORWARDED', '', '10.8.9.9', 80), json('DROPPED', 'POLICY_DENIED')]],
    [
      'another reason',
      [ends('shop/orders:51834', 'shop/db-0:5432', 'CT: Map insertion failed DROPPED (TCP Flags: SYN)')],
    ],
    ['another reason as JSON', [json('DROPPED', 'INVALID_SOURCE_IP')]],
    [
      'what is only noted',
      [ends('shop/orders:5', 'shop/db-0:80', 'policy-verdict:none INGRESS AUDITED (TCP Flags: SYN)')],
    ],
    [
      'a packet that comes late',
      [ends('shop/orders:5', 'shop/db-0:80', 'Policy denied DROPPED (TCP Flags: ACK, FIN)')],
    ],
    ['an answer', [ends('shop/db-0:53', 'shop/orders:41022', 'Policy denied DROPPED (UDP)')]],
  ])('is nobody’s fault for %s', async (_what, lines) => {
    expect((await told(lines)).drafts).toEqual([]);
  });
});
