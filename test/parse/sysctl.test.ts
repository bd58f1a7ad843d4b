import { describe, expect, it } from 'vitest';
import { sysctl } from '../../src/parse/host/sysctl.js';
import { annotate, goldenTests } from './harness.js';

describe('sysctl', () => {
  goldenTests(sysctl);

  it('takes the key from the path of a file', () => {
    expect(annotate(sysctl, '2\n', { path: 'n1/proc/sys/net/ipv4/conf/flannel.1/rp_filter' })).toContain(
      '> sysctl key=net.ipv4.conf.flannel.1.rp_filter value=2',
    );
    expect(annotate(sysctl, '0\n', { path: 'f', command: 'sysctl -n net.ipv4.ip_forward' })).toContain(
      'key=net.ipv4.ip_forward value=0',
    );
  });

  it.each([
    ['networking/ipv4_ip_forward', 'net.ipv4.ip_forward'],
    ['n1/ip_forward.txt', 'net.ipv4.ip_forward'],
    ['networking/bridge-nf-call-ip6tables', 'net.bridge.bridge-nf-call-ip6tables'],
    ['n1_nf_conntrack_max', 'net.netfilter.nf_conntrack_max'],
  ])('takes the key of a file with one number from its name: %s', (path, key) => {
    expect(annotate(sysctl, '0\n', { path })).toContain(`> sysctl key=${key} value=0`);
    expect(annotate(sysctl, 'is forwarding on?\n', { path })).not.toContain('>');
    expect(annotate(sysctl, '0\n', { path: `${path}-notes` })).not.toContain('>');
  });

  it('keeps that a module is not loaded, and no secret', () => {
    const text =
      'sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory\n' +
      "error: 'net.bridge.bridge-nf-call-ip6tables' is an unknown key\n" +
      "sysctl: permission denied on key 'net.ipv4.tcp_fastopen_key'\n" +
      'net.ipv4.tcp_fastopen_key = 11111111-22222222-33333333-44444444\nnet.ipv4.conf.all.rp_filter=1\n';
    const out = annotate(sysctl, text, { path: 'f', command: 'sysctl -a' });
    expect(out).not.toContain('not understood');
    expect(
      out
        .split('\n')
        .filter((line) => line.includes(' > sysctl'))
        .map((line) => line.trim()),
    ).toEqual([
      '> sysctl key=net.bridge.bridge-nf-call-iptables value= absent=true',
      '> sysctl key=net.bridge.bridge-nf-call-ip6tables value= absent=true',
      '> sysctl key=net.ipv4.conf.all.rp_filter value=1',
    ]);
  });

  it('takes sysctl.conf for a wish', () => {
    expect(annotate(sysctl, '# on\nnet.ipv4.ip_forward=1\n', { path: 'etc/sysctl.d/99-k8s.conf' })).not.toContain('>');
  });

  it('starts on settings only', () => {
    for (const line of [
      'net.ipv4.ip_forward = 1',
      'net.bridge.bridge-nf-call-iptables=0',
      '/proc/sys/net/ipv4/conf/all/rp_filter:1',
      'kernel.hostname = n1',
    ])
      expect(sysctl.starts(line), line).toBe(true);
    for (const line of [
      'net = 1',
      'net.core is set = yes',
      'spring.datasource.url = x',
      'network.mtu = 1450',
      'set net.ipv4.ip_forward = 1',
      '- net.ipv4.ip_forward=1 需要打开',
    ])
      expect(sysctl.starts(line), line).toBe(false);
  });
});
