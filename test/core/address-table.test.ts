import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';

const address = fc.oneof(fc.ipV4(), fc.ipV6());

it('finds every address that was interned by any of its spellings, and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(address, { maxLength: 3000 }), fc.array(address), (interned, asked) => {
      const table = new AddressTable();
      const ids = new Map(interned.map((text) => [table.text(table.internText(text)), table.internText(text)]));
      for (const text of interned)
        expect(table.text(table.findText(text) ?? 0)).toBe(table.text(table.internText(text)));
      const { size } = table;
      const canonical = new AddressTable();
      for (const text of asked) expect(table.findText(text)).toBe(ids.get(canonical.text(canonical.internText(text))));
      expect([table.findText('no address'), table.findText('')]).toEqual([undefined, undefined]);
      expect(table.size).toBe(size);
    }),
    { numRuns: 50 },
  );
});
