/**
 * `npm run compare -- DIR [--keep-going] [--json FILE] [--jobs N]`: every capture below a folder, decoded by podtrail and by tshark,
 * compared frame by frame. What is compared, and why they may differ, says docs/decoding.md.
 */
import { pathToFileURL } from 'node:url';
import { prepare } from './build-if-needed.mjs';
import { given } from './given.mjs';

const { values, positionals } = given(import.meta.url, {
  allowPositionals: true,
  options: { 'keep-going': { type: 'boolean' }, json: { type: 'string' }, jobs: { type: 'string' } },
});

prepare();
// Only now: a fresh clone has no bundler before.
const { bundleForNow } = await import('./bundle.mjs');
const { main } = await import(pathToFileURL(await bundleForNow('test/compare/main.ts')).href);
process.exitCode = await main(positionals, values);
