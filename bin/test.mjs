/**
 * `npm test`: installs and builds what is missing, then runs every suite that this machine allows and says which were
 * left out and why. With CI=true a suite that is left out is a failure: CI installs what they need.
 */
import { spawnSync } from 'node:child_process';
import { prepare } from './build-if-needed.mjs';
import { whyNoNamespaces } from './namespaces.mjs';
import { vitest } from './vitest.mjs';

prepare();
const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
const missing = [];
if (process.getuid?.() !== 0) missing.push('tests that make device files: not root');
const noNamespaces = whyNoNamespaces();
if (!has('tshark')) missing.push('comparison of the decoder with tshark: no tshark (apt-get install tshark)');
for (const tool of ['tar', 'xz', 'zstd', 'bzip2', 'zip', 'unzip', 'gzip']) {
  if (!has(tool)) missing.push(`archives made or unpacked by ${tool}: no ${tool}`);
}
const status = vitest([
  ...(noNamespaces === undefined
    ? []
    : ['--exclude', 'test/kernel/**', '--exclude', 'test/web/disk.test.ts', '--exclude', 'test/cli/disk.test.ts']),
  ...process.argv.slice(2),
]);
// What a kernel does not allow cannot be installed: it is said, and is no failure.
if (noNamespaces !== undefined)
  process.stdout.write(
    `\nLeft out on this kernel:\n  comparison of journeys with the kernel, and full disks: ${noNamespaces}\n`,
  );
if (missing.length > 0) {
  process.stdout.write(`\nLeft out on this machine:\n${missing.map((line) => `  ${line}\n`).join('')}`);
  if (process.env.CI === 'true') {
    process.stdout.write('CI must leave nothing out.\n');
    process.exit(1);
  }
}
process.stdout.write('\nNot part of this run: the pages in a browser, `npm run test:browser`.\n');
process.exit(status);
