/** Sources of this project as JavaScript that Node runs: what is built, and the programs of `npm run fuzz` and `npm run compare`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './build-if-needed.mjs';

/** Packages stay outside, as installed. The bundler's own words are no package. */
const isPackage = (id) => !id.startsWith('.') && !isAbsolute(id) && !id.startsWith('@oxc-project/runtime/');

/** Bundles entries, `{ name: path }`, and writes them as the output options of rolldown say. */
export async function bundle(input, output) {
  const bundled = await rolldown({ cwd: root, input, platform: 'node', external: isPackage, tsconfig: false });
  await bundled.write({ format: 'esm', ...output });
  await bundled.close();
}

/** Bundles a program to run it once; its path. It lies beside the packages, so that it finds them, and goes when this process ends. */
export async function bundleForNow(path) {
  const dir = mkdtempSync(join(root, 'node_modules', '.podtrail-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  await bundle({ main: join(root, path) }, { dir, entryFileNames: '[name].mjs' });
  return join(dir, 'main.mjs');
}
