import { expect, it } from 'vitest';
import { curl } from '../../src/parse/probe/curl.js';
import { readProbeTarget } from '../../src/parse/probe/probe-target.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(curl);

it('starts on curl errors and verbose lines only', () => {
  for (const line of [
    'curl: (7) Failed to connect',
    '* Connected to a (10.0.0.1) port 80 (#0)',
    '*   Trying 10.0.0.1:80...',
  ]) {
    expect(curl.starts(line), line).toBe(true);
  }
  for (const line of [
    '',
    'curl: try it',
    '* item',
    '> quote',
    '< HTTP/1.1 200 OK',
    '<html>',
    '{"kind": "Status"}',
    '在非pod所在节点上,使用`curl`命令访问pod',
  ]) {
    expect(curl.starts(line), line).toBe(false);
  }
});

it('takes a body only from a known command', () => {
  expect(annotate(curl, 'hello', { path: 'x' })).toContain('not understood');
  expect(annotate(curl, 'hello', { path: 'x', command: 'curl 10.0.0.1' })).toContain('outcome=ok');
});

it('cites the command of a test without output by its heading', () => {
  const heading = { text: '[root@n1 ~]# curl 10.244.3.12', number: 7, offset: 0 };
  const text = annotate(curl, '^C', { path: 'x', command: 'curl 10.244.3.12', heading });
  expect(text).not.toContain('> probe');
  expect(annotate(curl, '^C', { path: 'x', command: 'curl 10.244.3.12' })).toContain('outcome=interrupted');
});

it('knows targets, and keeps no secret of a command line', () => {
  expect(readProbeTarget('curl -sk -m 5 -H "Authorization: Bearer abc" https://u:pw@10.96.0.1/x')).toEqual({
    target: 'https://10.96.0.1/x',
    address: '10.96.0.1',
    port: 443,
    source: undefined,
  });
  expect(readProbeTarget('curl --interface flannel0 http://[fd00::1]:8080/')).toMatchObject({
    address: 'fd00::1',
    port: 8080,
    source: 'flannel0',
  });
  expect(readProbeTarget('ping -c 3 -I eth0 10.0.0.1')).toMatchObject({ target: '10.0.0.1', source: 'eth0' });
  expect(readProbeTarget('nc -zvw 3 10.0.0.1 https')).toMatchObject({ target: '10.0.0.1', port: 443 });
  expect(readProbeTarget('curl')).toBeUndefined();
});
