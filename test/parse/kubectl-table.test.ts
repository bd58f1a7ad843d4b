import { describe, expect, it } from 'vitest';
import { kubectlCommand } from '../../src/parse/kubernetes/kubectl-command.js';
import { kubectlTable } from '../../src/parse/kubernetes/kubectl-table.js';
import { annotate, goldenTests } from './harness.js';

describe('kubectl-table', () => {
  goldenTests(kubectlTable);

  it('starts on headings and on rows that cannot be anything else', () => {
    for (const line of [
      'NAME STATUS ROLES AGE VERSION',
      'NAME                    READY   STATUS    RESTARTS   AGE',
      'NAMESPACE   NAME   TYPE   CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE',
      'calico-node-gqz7n 1/1 Running 0 34m',
    ])
      expect(kubectlTable.starts(line), line).toBe(true);
  });

  it('refuses other tables, prose and events', () => {
    for (const line of [
      'LAST SEEN   TYPE      REASON    OBJECT      MESSAGE',
      'CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES',
      'NAME                  CIDR             SELECTOR',
      'NAME   ASN   IPV4   IPV6',
      'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND',
      'Name: cali40all-ipam-pools',
      'THE NAME AND AGE of the pods are not known',
      '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
      '发现流量被路由到了K8S集群外部.',
      'I0116 03:29:14.876441       1 kube.go:137] Waiting 10m0s for node controller to sync',
      '',
    ])
      expect(kubectlTable.starts(line), line).toBe(false);
  });

  it('takes the namespace from the command, and is not asked for YAML or events', () => {
    expect(kubectlCommand('kubectl get po -nkube-system -owide')).toMatchObject({
      verb: 'get',
      resources: ['pods'],
      namespace: 'kube-system',
      output: 'wide',
    });
    expect(kubectlCommand('oc --namespace=x describe svc/web')).toMatchObject({
      verb: 'describe',
      resources: ['services'],
      names: ['web'],
      namespace: 'x',
    });
    for (const command of ['kubectl get pods', 'kubectl -n kube-system get po -o wide', 'oc get nodes'])
      expect(kubectlTable.command!.test(command), command).toBe(true);
    for (const command of [
      'kubectl get nodes -o yaml',
      'kubectl get po -ojson',
      'kubectl get events -A',
      'kubectl logs x',
    ])
      expect(kubectlTable.command!.test(command), command).toBe(false);
  });

  it('says that a foreign line is foreign', () => {
    const text =
      'NAME   READY   STATUS    RESTARTS   AGE\nweb-0  1/1     Running   0          20s\nthat is all we have\n';
    expect(annotate(kubectlTable, text, { path: 'x' })).toContain('not understood');
  });
});
