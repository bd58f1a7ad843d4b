/**
 * A fresh clone has neither node_modules nor dist: this installs and builds what is missing or older than its sources.
 * Everything it prints goes to standard error, so that piped reports stay clean; when nothing is to do it prints nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const BUILD = 'bin/build.mjs';
const STAMP = join(root, 'dist', '.stamp');
/** What else the build depends on: the base of both projects, the program, the scripts of its pages, and the build itself. */
const BUILT_WITH = [
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.client.json',
  BUILD,
  'bin/bundle.mjs',
  'bin/licences.mjs',
  'bin/code-cache.mjs',
];

function run(what, command, args) {
  process.stderr.write(`podtrail: ${what} (only this once)\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write(
      `podtrail: \`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}; run it by hand to see why\n`,
    );
    process.exit(2);
  }
}

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

/** Identity of everything that the build depends on: a stamp by content, because git sets no useful times. V8's code is of one Node. */
function sourcesStamp() {
  const hash = createHash('sha256').update(process.version);
  for (const path of [...files(join(root, 'src'))].sort().concat(BUILT_WITH.map((name) => join(root, name)))) {
    hash.update(path.slice(root.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Brings node_modules and dist up to date. */
export function prepare() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs - 1000) {
    run('installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== sourcesStamp())
    run('building', process.execPath, [join(root, BUILD)]);
}

/** Says that dist was built of the sources as they are. However the build was started: whoever asks next must not build again below a running test. */
export function markBuilt() {
  writeFileSync(STAMP, sourcesStamp());
}
