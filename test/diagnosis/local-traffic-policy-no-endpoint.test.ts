import { describe, expect, it } from 'vitest';
import { localTrafficPolicyNoEndpoint } from '../../src/diagnosis/causes/local-traffic-policy-no-endpoint.js';
import { at, heard, outcome } from './case-of.js';

const rules = (packets: number) =>
  at(
    'n1',
    'iptables-save -c -t filter',
    `*filter\n:INPUT ACCEPT [0:0]\n:KUBE-EXTERNAL-SERVICES - [0:0]\n[${packets}:0] -A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP\nCOMMIT`,
  );
const endpoints = (addresses: string) => `NAMESPACE   NAME   ENDPOINTS   AGE\ndefault     web    ${addresses}   9d\n`;

describe('local-traffic-policy-no-endpoint', () => {
  it('is a warning when packets met the rule, and for information when none did', async () => {
    const told = await heard({ 'n1.txt': rules(7) }, localTrafficPolicyNoEndpoint);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning', count: 7 });
    expect(told.drafts[0]?.subjects).toEqual(['default/web', 'n1', '30080']);
    expect((await heard({ 'n1.txt': rules(0) }, localTrafficPolicyNoEndpoint)).drafts[0]?.severity).toBe('info');
  });

  it('leaves it to the other cause when there is no endpoint anywhere', async () => {
    const said = async (addresses: string) =>
      outcome(
        await heard(
          { 'n1.txt': rules(7), 'e.txt': `${endpoints(addresses)}default     db     10.44.1.9:5432   9d\n` },
          localTrafficPolicyNoEndpoint,
        ),
      );
    expect(await said('10.44.1.2:80')).toBe('found');
    expect(await said('<none>')).toBe('quiet');
  });
});
