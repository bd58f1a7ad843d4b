/**
 * `npm run test:tickets`: reports go to real ticket systems, Debian's Redmine and Request Tracker, and to servers that hold every
 * request against the interfaces that Jira, GitHub and GitLab publish. All on loopback, nothing is left behind.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './build-if-needed.mjs';
import { fetchPublished } from './published-schemas.mjs';

const REAL = [
  ['redmine', '/usr/share/redmine/config/environment.rb', 'redmine redmine-sqlite puma'],
  ['request-tracker', '/usr/share/request-tracker5/libexec/rt-server', 'request-tracker5 rt5-db-sqlite rt5-standalone'],
];
const missing = REAL.filter(([, file]) => !existsSync(file)).map(([name, , packages]) => ({
  tests: [name],
  why: `apt-get install --no-install-recommends ${packages}`,
}));
prepare();
for (const why of await fetchPublished()) missing.push({ tests: ['vendors', 'github', 'jira'], why });
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    'vitest.tickets.config.ts',
    ...missing.flatMap(({ tests }) => tests.flatMap((name) => ['--exclude', `test/tickets/${name}.test.ts`])),
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
for (const { tests, why } of missing) process.stdout.write(`Left out on this machine: ${tests.join(', ')} (${why})\n`);
process.exit(missing.length > 0 && process.env.CI === 'true' ? 1 : (status ?? 1));
