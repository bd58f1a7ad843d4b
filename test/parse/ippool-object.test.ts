import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ippoolFromObject } from '../../src/parse/cni/ippool-object.js';

describe('ippoolFromObject', () => {
  it('reads the v3 form', () => {
    const pool = parse(`
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: default-ipv4-ippool
spec:
  blockSize: 26
  cidr: 192.168.0.0/16
  ipipMode: Always
  natOutgoing: true
  nodeSelector: all()
  vxlanMode: Never
`);
    expect(ippoolFromObject(pool)).toEqual({
      name: 'default-ipv4-ippool',
      cidr: '192.168.0.0/16',
      ipip_mode: 'Always',
      vxlan_mode: 'Never',
      nat_outgoing: true,
      disabled: false,
      block_size: 26,
      node_selector: 'all()',
    });
  });

  it('gives left-out fields the default of the API', () => {
    const pool = {
      kind: 'IPPool',
      metadata: { name: 'p6' },
      spec: { cidr: 'FD00:10:244::1/56', vxlanMode: 'CrossSubnet' },
    };
    expect(ippoolFromObject(pool)).toMatchObject({
      cidr: 'fd00:10:244::/56',
      ipip_mode: 'Never',
      vxlan_mode: 'CrossSubnet',
      nat_outgoing: false,
      block_size: undefined,
    });
  });

  it('reads the v1 form, which is named by its prefix', () => {
    const pool = {
      apiVersion: 'v1',
      kind: 'ipPool',
      metadata: { cidr: '10.1.0.0/16' },
      spec: { ipip: { enabled: true, mode: 'cross-subnet' }, 'nat-outgoing': true, disabled: true },
    };
    expect(ippoolFromObject(pool)).toMatchObject({
      name: '10.1.0.0/16',
      ipip_mode: 'CrossSubnet',
      nat_outgoing: true,
      disabled: true,
    });
  });

  it.each([
    undefined,
    null,
    'IPPool',
    [],
    {},
    { kind: 'Pod' },
    { kind: 'IPPool' },
    { kind: 'IPPool', spec: { cidr: 7 } },
  ])('refuses %j', (object) => expect(ippoolFromObject(object)).toBeUndefined());
});
