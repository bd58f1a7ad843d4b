import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/parse/kubernetes/yaml-objects.js';

/** A list in which each item names an anchor and the next one means it. */
const pairs = (count: number): string =>
  `list:\n${Array.from({ length: count }, (_, i) => `  - &a${i} x\n  - *a${i}\n`).join('')}`;

describe('aliases of a YAML text', () => {
  it('are followed where a person wrote them', () => {
    expect(parseYaml(pairs(100))?.value).toEqual({ list: Array.from({ length: 200 }, () => 'x') });
  });

  it('are no aliases in texts and patterns', () => {
    const text = `script: |\n${'  *item and more\n'.repeat(2000)}hosts: ["*.example.com"]\n`;
    expect(parseYaml(text)?.value).toMatchObject({ hosts: ['*.example.com'] });
  });

  it('by the ten thousand are left out at once, not after minutes', () => {
    const before = process.cpuUsage();
    expect(parseYaml(pairs(30_000))).toBeUndefined();
    // Following them took a minute of CPU.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(20);
  });
});
