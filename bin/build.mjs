/**
 * `npm run build`: sources to `dist`. The program is one script, because to find and read seven hundred small files takes longer
 * than to analyse a small bundle. What is started or imported by name only loads it. Types lie beside it for those who import it.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markBuilt, root } from './build-if-needed.mjs';
import { bundle, bundleScript } from './bundle.mjs';
import { licences } from './licences.mjs';

const dist = join(root, 'dist');

/** What is started or imported by its own name, and where it comes from. */
const ENTRIES = {
  'cli/main': 'start/command',
  'intake/inflate-thread': 'intake/inflate-thread',
  'jobs/worker': 'start/worker',
  'jobs/pool': 'jobs/pool',
  'start/load': 'start/load',
  index: 'start/api',
};

/** Run once for V8's code cache. */
const SEEN = [
  '005-pod-cidr-mismatch-supportconfig.tar.gz',
  '002-node-source-on-overlay.tar.xz',
  '004-missing-pod-route.zip',
];

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

const tsc = (project) => run(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project);

rmSync(dist, { recursive: true, force: true });
tsc('tsconfig.build.json');
tsc('tsconfig.client.json');
await bundle(
  Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [name, join(root, 'src', `${source}.ts`)])),
  { dir: dist, entryFileNames: '[name].js', chunkFileNames: 'start/[name].js', comments: false },
);
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
// One folder below dist, as every room: `new URL('../client/', import.meta.url)` means the same before and after.
const program = join(dist, 'program');
const files = await bundleScript(join(root, 'src', 'start', 'program.ts'), join(program, 'podtrail.cjs'));
writeFileSync(join(program, 'LICENCES.txt'), licences(files));
run(join(root, 'bin', 'code-cache.mjs'), ...SEEN.map((name) => join(root, 'samples', 'bundles', name)));
markBuilt();
