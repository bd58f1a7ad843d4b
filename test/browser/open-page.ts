import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** The Chromium of this machine; nothing is downloaded. */
export function launch(): Promise<Browser> {
  const executablePath = execFileSync('sh', [
    '-c',
    'command -v chromium || command -v chromium-browser || command -v google-chrome',
  ])
    .toString()
    .trim();
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page that was opened from disk, and what it did that it must not do. */
export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Messages of the console, errors, dialogs, violations of the policy, and requests other than for the page itself. */
  readonly complaints: readonly string[];
}

export async function open(browser: Browser, html: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const dir = mkdtempSync(join(tmpdir(), 'podtrail-browser-'));
  const url = pathToFileURL(join(dir, 'report.html')).href;
  writeFileSync(join(dir, 'report.html'), html);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().replace(/#.*$/, '') !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      rmSync(dir, { recursive: true });
    },
  };
}
