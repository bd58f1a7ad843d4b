import { describe, expect, it } from 'vitest';
import { inventoryCsv, inventoryRows } from '../../src/parse/kubernetes/inventory-csv.js';
import { annotate, goldenTests } from './harness.js';

describe('inventory-csv', () => {
  goldenTests(inventoryCsv);

  it('finds columns by many names and in any order', () => {
    expect(inventoryRows('\ufeffpod_cidr,IP,Node\r\n10.1.2.3/24,10.0.0.1,n1\r\n')).toEqual([
      { name: 'n1', addresses: ['10.0.0.1'], external: [], podCidrs: ['10.1.2.0/24'], line: 2, refused: [] },
    ]);
    expect(inventoryRows('name\taddress\nn1\t10.0.0.1\n')[0]?.addresses).toEqual(['10.0.0.1']);
  });

  it('has nothing to say without a name column, and survives bad quoting', () => {
    expect(inventoryRows('a,b\n1,2\n')).toEqual([]);
    expect(inventoryRows('')).toEqual([]);
    expect(() => annotate(inventoryCsv, 'name,ip\n"n1,10.0.0.1\n', { path: 'x' })).not.toThrow();
  });

  it('starts on its heading only', () => {
    expect(inventoryCsv.starts('name,addresses,podCIDR')).toBe(true);
    for (const line of [
      '"No.","Time","Source","Destination"',
      'node-1,10.0.0.1',
      'NAME STATUS ROLES',
      'name, that is all',
    ])
      expect(inventoryCsv.starts(line), line).toBe(false);
  });
});
