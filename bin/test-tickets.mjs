/**
 * `npm run test:tickets`: reports go to real ticket systems, Debian's Redmine and Request Tracker, and to servers that hold every
 * request against the interfaces that Jira, GitHub and GitLab publish. All on loopback, nothing is left behind.
 */

import { existsSync } from 'node:fs';
import { prepare } from './build-if-needed.mjs';
import { fetchPublished } from './published-schemas.mjs';
import { vitest } from './vitest.mjs';

const REAL = [
  ['redmine', '/usr/share/redmine/config/environment.rb', 'redmine redmine-sqlite puma'],
  ['request-tracker', '/usr/share/request-tracker5/libexec/rt-server', 'request-tracker5 rt5-db-sqlite rt5-standalone'],
];
const missing = REAL.filter(([, file]) => !existsSync(file)).map(([name, , packages]) => ({
  tests: [name],
  why: `apt-get install --no-install-recommends ${packages}`,
}));
prepare();
const unfetched = await fetchPublished();
if (unfetched.length > 0) missing.push({ tests: ['vendors', 'github', 'jira'], why: unfetched.join('; ') });
const left = missing.flatMap(({ tests }) => tests.flatMap((name) => ['--exclude', `test/tickets/${name}.test.ts`]));
const status = vitest(['--config', 'vitest.tickets.config.ts', ...left, ...process.argv.slice(2)]);
for (const { tests, why } of missing) process.stdout.write(`Left out on this machine: ${tests.join(', ')} (${why})\n`);
process.exit(missing.length > 0 && process.env.CI === 'true' ? 1 : status);
