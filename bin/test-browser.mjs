/** `npm run test:browser`: the pages that people see, in this machine's Chromium. */
import { spawnSync } from 'node:child_process';
import { prepare } from './build-if-needed.mjs';
import { vitest } from './vitest.mjs';

const found = ['chromium', 'chromium-browser', 'google-chrome'].some(
  (name) => spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0,
);
if (!found) {
  process.stderr.write('The browser tests need Chromium (apt-get install chromium fonts-dejavu-core).\n');
  process.exit(1);
}
prepare();
process.exit(vitest(['--config', 'vitest.browser.config.ts', ...process.argv.slice(2)]));
