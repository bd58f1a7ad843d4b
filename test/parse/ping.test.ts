import { expect, it } from 'vitest';
import { ping } from '../../src/parse/probe/ping.js';
import { goldenTests } from './harness.js';

goldenTests(ping);

it('starts on a header or an error of ping only', () => {
  expect(ping.starts('PING 10.244.2.5 (10.244.2.5) 56(84) bytes of data.')).toBe(true);
  expect(ping.starts('PING fd00::2(fd00::2) 56 data bytes')).toBe(true);
  expect(ping.starts('--- 10.244.1.5 ping statistics ---')).toBe(true);
  expect(ping.starts('--- ping statistics of last night ---')).toBe(false);
  expect(ping.starts('see --- 10.244.1.5 ping statistics ---')).toBe(false);
  expect(ping.starts('ping: connect: Network is unreachable')).toBe(true);
  for (const line of [
    '',
    'ping: it works',
    'PING',
    '64 bytes from 10.0.0.1',
    '3、在POD内ping非本POD所在宿主机的IP（不可通信）',
    '- name: ping',
  ]) {
    expect(ping.starts(line), line).toBe(false);
  }
});
