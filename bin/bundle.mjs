/** Sources of this project as JavaScript that Node runs: what is built, and the programs of `npm run fuzz` and `npm run compare`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './build-if-needed.mjs';

/** Packages stay outside, as installed. The bundler's own words are no package. */
const isPackage = (id) => !id.startsWith('.') && !isAbsolute(id) && !id.startsWith('@oxc-project/runtime/');

/** What is not within the script: Node, the database itself, and what `serve` alone needs. */
const isOutside = (id) => isBuiltin(id) || /^(?:@duckdb\/node-bindings|fastify|@fastify\/)/.test(id);

/** What stays outside is loaded when the script starts; this is when a command asks for it. */
const LATE = /^(?:fastify|@fastify\/.*|node:(?:child_process|dns\/promises|readline\/promises))$/;
const isLate = (id, from) => LATE.test(id) && !from?.startsWith('\0late:');
const late = {
  name: 'late',
  resolveId: (id, from) => (isLate(id, from) ? `\0late:${id}` : undefined),
  load: (id) => (id.startsWith('\0late:') ? `module.exports = require('${id.slice('\0late:'.length)}');` : undefined),
};

/** Sources ask for the database by a `require` of their own (src/store/duckdb.ts says why). In a script it is the bundler's. */
const ownRequire = {
  name: 'own-require',
  transform: (code, id) =>
    id.endsWith('/src/store/duckdb.ts')
      ? code.replace('const require = createRequire(import.meta.url);', '')
      : undefined,
};

/** Bundles entries, `{ name: path }`, and writes them as the output options of rolldown say. */
export async function bundle(input, output) {
  const bundled = await rolldown({ cwd: root, input, platform: 'node', external: isPackage, tsconfig: false });
  await bundled.write({ format: 'esm', ...output });
  await bundled.close();
}

/**
 * Code in ASCII: V8 takes two bytes for every character of a text that has another one, and both megabytes into memory.
 * Throws where an escape would not be one.
 */
function ascii(code) {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('String.raw with a character that is not ASCII');
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Bundles a program and its packages into one script, whose value is a function of what Node gives a module.
 * @returns the files that went into it
 */
export async function bundleScript(from, to) {
  const bundled = await rolldown({
    cwd: root,
    input: from,
    platform: 'node',
    external: (id, from) => isOutside(id) && !isLate(id, from),
    tsconfig: false,
    plugins: [ownRequire, late],
  });
  const { output } = await bundled.generate({ format: 'cjs', codeSplitting: false, comments: false });
  await bundled.close();
  const [{ code, moduleIds }] = output;
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, `(function (exports, require, module, __filename, __dirname) {${ascii(code)}\n})`);
  return moduleIds;
}

/** Bundles a program to run it once; its path. It lies beside the packages, so that it finds them, and goes when this process ends. */
export async function bundleForNow(path) {
  const dir = mkdtempSync(join(root, 'node_modules', '.podtrail-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  await bundle({ main: join(root, path) }, { dir, entryFileNames: '[name].mjs' });
  return join(dir, 'main.mjs');
}
