import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/core/escape.js';

describe('printable', () => {
  it('spells out what could act on a terminal or turn text round', () => {
    expect(printable('a\x1b[31mred\x07\n')).toBe('a\\x1b[31mred\\x07\\x0a');
    expect(printable('\u202egnp.exe')).toBe('\\u202egnp.exe');
    expect(printable('zero\u200bwidth\ufeff\u2066\u009b')).toBe('zero\\u200bwidth\\ufeff\\u2066\\x9b');
    expect(printable('half \ud800 pair 😀')).toBe('half \\ud800 pair 😀');
  });

  it('leaves ordinary text, tabs, backslashes and other scripts alone', () => {
    const text = 'IN=eth0\tC:\\temp 节点 naïve 😀';
    expect(printable(text)).toBe(text);
  });

  it('of any text is stable and clean', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = printable(text);
        expect(printable(once)).toBe(once);
        expect(once).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
