/**
 * `npm run compare -- DIR [--keep-going] [--json FILE] [--jobs N]`: every capture below a folder, decoded by podtrail and by tshark,
 * compared frame by frame. What is compared, and why they may differ, says docs/decoding.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './build-if-needed.mjs';

prepare();
const { rolldown } = await import('rolldown');
const folder = mkdtempSync(join(tmpdir(), 'podtrail-compare-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const bundle = await rolldown({ cwd: root, input: join(root, 'test', 'compare', 'main.ts'), platform: 'node' });
await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'main.mjs' });
await bundle.close();
const { main } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
process.exitCode = await main(process.argv.slice(2));
