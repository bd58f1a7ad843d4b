import { expect, it } from 'vitest';
import { dns } from '../../src/parse/probe/dns.js';
import { goldenTests } from './harness.js';

goldenTests(dns);

it('starts on lines of nslookup, dig and host only', () => {
  for (const line of [
    'Server:\t\t10.96.0.10',
    '; <<>> DiG 9.18.24 <<>> @10.96.0.10 x',
    "** server can't find x: NXDOMAIN",
    ';; connection timed out; no servers could be reached',
  ]) {
    expect(dns.starts(line), line).toBe(true);
  }
  for (const line of [
    '',
    'Server: https://10.0.0.1:6443',
    'Server:',
    'Name: x',
    'Address: 10.0.0.1',
    '; comment',
    'host x',
    'Server Version: v1.28',
  ]) {
    expect(dns.starts(line), line).toBe(false);
  }
});
