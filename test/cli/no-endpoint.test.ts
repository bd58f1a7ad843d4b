import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/finding.js';
import { at } from '../diagnosis/case-of.js';
import { reportByCommand } from '../report-by-command.js';

/** What to do about a service without endpoints depends on what its pods show, by the real command. */

const item = (kind: string, labels: object, rest: object): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: kind === 'Pod' ? 'web-7c8d9f6b5-4hj2m' : 'web', namespace: 'shop', labels },
  ...rest,
});
const list = (kind: string, ...items: readonly object[]): string =>
  JSON.stringify({ kind: `${kind}List`, apiVersion: 'v1', items });
const told = (labels: object, ready: boolean): Finding => {
  const report = reportByCommand({
    'services.json': list(
      'Service',
      item(
        'Service',
        {},
        {
          spec: {
            clusterIP: '10.99.31.40',
            selector: { app: 'web' },
            ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
          },
        },
      ),
    ),
    'pods.json': list(
      'Pod',
      item('Pod', labels, {
        spec: { nodeName: 'elm', containers: [{ name: 'main', image: 'web' }] },
        status: {
          phase: 'Running',
          podIP: '10.182.5.33',
          conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
          containerStatuses: [{ name: 'main', ready, restartCount: 0 }],
        },
      }),
    ),
    'oak.txt': at(
      'oak',
      'iptables-save -c',
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n[9:540] -A KUBE-SERVICES -d 10.99.31.40/32 -p tcp -m comment --comment "shop/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT',
    ),
  });
  return report.findings.find(({ code }) => code === 'service-without-endpoint')!;
};
const commands = ({ remedy }: Finding): string => remedy.map(({ command }) => command).join('\n');

describe('a service without endpoints', () => {
  it('sends to the controller where a pod is ready and has its labels', () => {
    expect(commands(told({ app: 'web' }, true))).toContain('component=kube-controller-manager');
  });

  it('does not where the labels differ, or the pod is not ready', () => {
    const other = commands(told({ app: 'webshop' }, true));
    expect(other).not.toContain('kube-controller-manager');
    expect(other).toContain('label pod web-7c8d9f6b5-4hj2m --overwrite app=web');
    expect(commands(told({ app: 'web' }, false))).not.toContain('kube-controller-manager');
  });
});
