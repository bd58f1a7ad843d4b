import { describe, expect, it } from 'vitest';
import { redact } from '../../src/core/redact.js';
import { kubeletLog } from '../../src/parse/log/kubelet-log.js';
import { networkError } from '../../src/parse/log/network-error.js';
import { goldenTests } from './harness.js';

describe('kubelet-log', () => {
  goldenTests(kubeletLog);

  it.each([
    '',
    'Error: something failed',
    'I think 0612 is a date] yes',
    'time=5 ms',
    'level=high and msg',
    'rtt min/avg/max/mdev = 0.045/0.045/0.045/0.000 ms',
    '{"kind":"Pod","metadata":{"name":"x"}}',
    'Jun 12 05:53:08 n1 kernel: IPv4: martian source 10.1.1.1 from 10.2.2.2, on dev eth0',
    'Jun 12 05:53:08 n1 sshd[1]: Accepted publickey for root',
    '[ 1234.567890] IN=eth0 OUT= MAC=',
    '2024-06-12 05:53:08.531 [INFO][1] main.go 107: x',
    'bird: Mesh_10_0_0_1: State changed to start',
  ])('does not start at %j', (line) => expect(kubeletLog.starts(line)).toBe(false));

  it.each([
    ['dial tcp 10.96.0.1:443: i/o timeout', { code: 'dial-timeout', address: '10.96.0.1', value: '443' }],
    [
      'dial tcp [FD00::1]:6443: connect: no route to host',
      { code: 'dial-no-route', address: 'fd00::1', value: '6443' },
    ],
    [
      'read udp 10.244.0.5:43210->192.168.1.1:53: i/o timeout',
      { code: 'dns-timeout', address: '192.168.1.1', address2: '10.244.0.5', value: '53' },
    ],
    ['dial tcp: lookup x.y on 10.96.0.10:53: no such host', { code: 'dns-no-such-host', value: 'x.y' }],
    [
      'Get https://[10.96.0.1]:443/version: net/http: TLS handshake timeout',
      { code: 'tls-timeout', address: '10.96.0.1', value: '443' },
    ],
    [
      'Get "https://10.96.0.1/version": x509: certificate signed by unknown authority',
      { code: 'tls-failed', value: '443' },
    ],
  ])('reads %j', (message, expected) => expect(networkError(message)).toMatchObject(expected));

  it.each([
    'dial unix /run/x.sock: connect: no such file or directory',
    'listen tcp :80: bind: address already in use',
    'read the docs',
  ])('sees no network error in %j', (message) => expect(networkError(message)).toBeUndefined());

  it.each([
    ['Authorization: Bearer abcdefghijklmnop rest', 'abcdefghijklmnop'],
    ['{etcdPassword:hunter2 version:false}', 'hunter2'],
    ['password="hunter2 x" ok', 'hunter2'],
    ['\\"token\\": \\"hunter2\\"', 'hunter2'],
    ['kubeadm join --token abcdef.0123456789abcdef', '0123456789abcdef'],
    ['http://user:hunter2@proxy:3128/', 'hunter2'],
  ])('redacts %j', (text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it('leaves words about secrets alone', () => {
    const text = 'failed to sync secret cache: timed out; token expired, etcdPassword: version:false';
    expect(redact(text)).toBe(text);
  });
});
