import { describe, expect, it } from 'vitest';
import { ippool } from '../../src/parse/cni/ippool.js';
import { goldenTests } from './harness.js';

describe('ippool', () => {
  goldenTests(ippool);

  it.each([
    '',
    'NAME   AGE',
    'NAME   STATUS   ROLES   AGE   VERSION',
    'NAME       CLUSTER-IP   PORT(S)',
    'default-ipv4-ippool   192.168.0.0/16   true',
    'CIDR',
    'NAME CIDR',
  ])('does not start at %j', (line) => expect(ippool.starts(line)).toBe(false));

  it.each([
    'NAME                  CIDR             SELECTOR',
    'CIDR             NAT    IPIP',
    'NAME       ASN       IPV4             IPV6',
  ])('starts at %j', (line) => expect(ippool.starts(line)).toBe(true));
});
