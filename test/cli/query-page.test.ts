import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { truePage } from './page.js';

const { steps, reader } = await truePage('docs/query.md');

it('the page has commands and outputs', () => {
  expect(steps.filter((step) => step.shown !== undefined).length).toBeGreaterThanOrEqual(12);
});

it('the export wrote what the page says', () => {
  expect(existsSync(join(reader.folder, '004-parquet/packet_raw.parquet'))).toBe(true);
});
