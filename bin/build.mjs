/**
 * `npm run build`: sources to `dist`. The program is bundled, because to find and read seven hundred small files takes longer
 * than to analyse a small bundle; packages stay outside, as installed. Types lie beside it for those who import it.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build-if-needed.mjs';
import { bundle } from './bundle.mjs';

const dist = join(root, 'dist');

/** What is started or imported by its own name. */
const ENTRIES = ['cli/main', 'jobs/worker', 'jobs/pool', 'index'];

function tsc(project) {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(dist, { recursive: true, force: true });
tsc('tsconfig.build.json');
tsc('tsconfig.client.json');
await bundle(Object.fromEntries(ENTRIES.map((name) => [name, join(root, 'src', `${name}.ts`)])), {
  dir: dist,
  entryFileNames: '[name].js',
  // One folder below dist, as every room: `new URL('../client/', import.meta.url)` means the same before and after.
  chunkFileNames: 'chunks/[name]-[hash].js',
  comments: false,
});
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
