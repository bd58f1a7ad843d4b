/**
 * `npm run screenshots`: the pictures of the README, taken of real reports of samples in this machine's Chromium, in `docs/images`.
 * Run it after a change of the pages, and look at them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { prepare, root } from './build-if-needed.mjs';

const BUNDLE = 'samples/bundles/000-pod-cidr-mismatch.tar.gz';
const SHOTS = [
  { name: 'report', width: 1000, height: 660, colorScheme: 'light', from: 'body' },
  { name: 'report-journey', width: 1000, height: 830, colorScheme: 'light', from: '#journey' },
  { name: 'report-phone-dark', width: 390, height: 844, colorScheme: 'dark', from: '.journey' },
];
/** The README must load on a train. */
const MOST_BYTES = 150_000;

prepare();
const dir = mkdtempSync(join(tmpdir(), 'podtrail-screenshots-'));
const report = join(dir, 'report.html');
writeFileSync(
  report,
  execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), 'analyze', join(root, BUNDLE), '-q', '-f', 'html'], {
    maxBuffer: 64 << 20,
  }),
);
const executablePath = execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome']).toString().trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
try {
  for (const { name, width, height, colorScheme, from } of SHOTS) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(pathToFileURL(report).href);
    await page.evaluate((selector) => document.querySelector(selector).scrollIntoView(), from);
    const path = join(root, 'docs', 'images', `${name}.png`);
    await page.screenshot({ path });
    await page.close();
    const { size } = statSync(path);
    process.stdout.write(`docs/images/${name}.png: ${size} bytes\n`);
    if (size > MOST_BYTES) throw new Error(`${name}.png has more than ${MOST_BYTES} bytes`);
  }
} finally {
  await browser.close();
  rmSync(dir, { recursive: true });
}
