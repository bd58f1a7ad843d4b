/** The licences of packages that are built into the program: most ask to be shown wherever a copy goes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the package that a file belongs to; undefined for our own files. */
function packageOf(file) {
  if (!file.includes('/node_modules/')) return undefined;
  let dir = dirname(file);
  // A folder within a package may have a package.json that only says which kind of modules it holds.
  while (!existsSync(join(dir, 'package.json')) || !('version' in manifest(dir))) dir = dirname(dir);
  return dir;
}

const manifest = (dir) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));

/** Text with every package that these files are of, and its licence. Throws when one does not tell its licence. */
export function licences(files) {
  const dirs = [...new Set(files.flatMap((file) => packageOf(file.replaceAll('\\', '/')) ?? []))].sort();
  return dirs
    .map((dir) => {
      const { name, version, license } = manifest(dir);
      const texts = readdirSync(dir).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file));
      if (license === undefined && texts.length === 0) throw new Error(`${name} does not tell its licence`);
      return [
        `${name} ${version}: ${license}`,
        ...texts.map((file) => readFileSync(join(dir, file), 'utf8').trim()),
      ].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}
