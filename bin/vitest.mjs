import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './build-if-needed.mjs';

/** Runs vitest as it is installed here, its output on ours. Gives the exit status. */
export const vitest = (args, env = process.env) =>
  spawnSync(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  }).status ?? 1;
