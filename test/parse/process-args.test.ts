import { describe, expect, it } from 'vitest';
import { readOptions } from '../../src/parse/host/component-flags.js';
import { processArgs } from '../../src/parse/host/process-args.js';
import { annotate, goldenTests } from './harness.js';

describe('process-args', () => {
  goldenTests(processArgs);

  it('reads all ways to write an option', () => {
    expect(
      readOptions(['flanneld', '-iface=eth1', '--ip-masq', '--public-ip', '10.0.0.1']).map(
        ({ key, value }) => `${key} ${value}`,
      ),
    ).toEqual(['iface eth1', 'ip-masq true', 'public-ip 10.0.0.1']);
    // A line that a terminal cut ends in half a prefix.
    expect(readOptions(['kube-proxy', '--cluster-cidr=10.24'])).toEqual([]);
    expect(readOptions(['kube-proxy', '--cluster-cidr=10.244.3.7/16,FD00::/56'])[0]?.value).toBe(
      '10.244.0.0/16,fd00::/56',
    );
  });

  it('refuses prose and other commands', () => {
    for (const line of [
      'restart flanneld with --iface=eth1',
      'kubelet is running on all nodes',
      '--color=auto',
      '    - --leader-elect=true',
      '-A FORWARD -s 10.244.0.0/16 -j ACCEPT',
      'kubectl get pods --all-namespaces',
      '把 flanneld 的 --iface 参数改掉',
      'PID of the process',
      'I0116 03:29:14.864069       1 main.go:209] CLI flags config: {etcdEndpoints:http://127.0.0.1:4001}',
    ])
      expect(processArgs.starts(line), line).toBe(false);
  });

  it('starts on command lines', () => {
    for (const line of [
      'root      2417  2.9  2.6 818328 105740 ?  Ssl  Feb10 560:44 kube-controller-manager --cluster-cidr=10.244.0.0/16',
      'ExecStart=/opt/bin/flanneld --ip-masq',
      '    - --cluster-cidr=10.244.0.0/16',
      'KUBELET_EXTRA_ARGS=--node-ip=10.0.0.1',
    ])
      expect(processArgs.starts(line), line).toBe(true);
  });

  it('never shows a secret', () => {
    const shown = annotate(
      processArgs,
      'ExecStart=/usr/local/bin/k3s server --token t0ps3cret --flannel-backend=vxlan\n',
      {
        path: 'x',
      },
    );
    expect(shown.split('\n').filter((line) => line.includes('>') && line.includes('t0ps3cret'))).toEqual([]);
  });
});
