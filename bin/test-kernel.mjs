/**
 * `npm run test:kernel`: compares podtrail's journeys with what this machine's kernel does, in network namespaces.
 * CASES=1000 for more, SEED=n for other networks, SEED=n CASES=1 CASE=m to replay one.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './build-if-needed.mjs';
import { whyNoNamespaces } from './namespaces.mjs';

const why = whyNoNamespaces();
if (why !== undefined) {
  process.stderr.write(`The kernel test needs root and network namespaces: ${why}.\n`);
  process.exit(1);
}
prepare();
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', 'test/kernel/', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { CASES: '600', ...process.env } },
);
process.exit(status ?? 1);
