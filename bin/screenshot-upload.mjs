/** Part of `npm run screenshots`: the upload page with some analyses done and others under way. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { prepare, root } from './build-if-needed.mjs';

const BUNDLES = [
  '003-ippool-covers-nodes.tar.gz',
  '101-forward-drop-a.tar.xz',
  '010-healthy-flannel.tar.zst',
  '004-missing-pod-route.zip',
  '106-mtu-blackhole-b.tar.xz',
  '114-network-policy-drop-b.tar.gz',
];
/** The README must load on a train. */
const MOST_BYTES = 150_000;

prepare();
const dir = mkdtempSync(join(tmpdir(), 'podtrail-screenshots-'));
const server = spawn(
  process.execPath,
  [join(root, 'dist/cli/main.js'), 'serve', '--port', '0', '--data-dir', dir, '--jobs', '1'],
  { stdio: ['ignore', 'ignore', 'pipe'] },
);
const url = await new Promise((done) => {
  let said = '';
  server.stderr.on('data', (data) => {
    said += data;
    const [, found] = /listening on (http:\S+?)\/ /.exec(said) ?? [];
    if (found !== undefined) done(found);
  });
});
const executablePath = execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome']).toString().trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 780 }, colorScheme: 'light' });
  await page.goto(url);
  for (const name of BUNDLES) {
    await page.setInputFiles('#bundle', join(root, 'samples/bundles', name));
    await page.getByRole('link', { name, exact: true }).waitFor();
  }
  await page.locator('tr.done').nth(3).waitFor({ timeout: 120_000 });
  await page.locator('tr.running .status', { hasText: /Reading|Looking/ }).waitFor({ timeout: 60_000 });
  const path = join(root, 'docs', 'images', 'upload.png');
  await page.screenshot({ path });
  const { size } = statSync(path);
  process.stdout.write(`docs/images/upload.png: ${size} bytes\n`);
  if (size > MOST_BYTES) throw new Error(`upload.png has more than ${MOST_BYTES} bytes`);
} finally {
  await browser.close();
  const gone = new Promise((done) => server.once('exit', done));
  server.kill();
  await gone;
  rmSync(dir, { recursive: true });
}
