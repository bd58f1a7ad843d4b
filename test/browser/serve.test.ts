import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, freshFolder, sharedServer } from '../web/served.js';
import { poorContrast } from './contrast.js';
import { launch } from './open-page.js';

const NAME = '004-missing-pod-route.zip';
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
/** An analysis on a busy machine. */
const PATIENCE = { timeout: 120_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** A page of the server, and everything that a browser complained about on it. */
async function visit(url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const { host } = new URL(url);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const there = new URL(request.url());
    if (there.protocol !== 'data:' && there.host !== host) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Drops files on an element, as a person does with the mouse. */
async function drop(page: Page, selector: string, files: readonly { name: string; content: Buffer }[]): Promise<void> {
  const all = JSON.stringify(files.map(({ name, content }) => ({ name, base64: content.toString('base64') })));
  const data = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of ${all})
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return transfer;
  })()`);
  for (const type of ['dragover', 'drop']) await page.dispatchEvent(selector, type, { dataTransfer: data });
}

const GOOD = readFileSync(bundle(NAME));

describe('the upload page', () => {
  const shared = sharedServer('--max-upload', '20M');

  it('takes bundles by its button, shows them live, and leads to the report', async () => {
    await using visited = await visit(`${shared().url}/`);
    const { page, complaints } = visited;
    await page.setInputFiles('#bundle', [bundle(NAME), bundle('101-forward-drop-a.tar.xz')]);
    const row = page.locator('tr', { hasText: NAME });
    await row.waitFor(PATIENCE);
    const seen = new Set<string>();
    await expect
      .poll(
        async () => {
          const text = await row.locator('.status').textContent();
          seen.add(text!.split(/[ ,:]/)[0]!);
          return text;
        },
        { ...PATIENCE, interval: 50 },
      )
      .toBe('Diagnosed: missing-pod-route (proven)');
    expect(seen.size, 'stages').toBeGreaterThan(1);
    await row.getByRole('link', { name: NAME, exact: true }).click();
    await page.waitForURL(/\/analyses\/[0-9a-f]{32}$/);
    expect(await page.locator('h1').textContent()).toContain('no route to 10.244.3.0/24');
    expect(await page.locator('button.copy').first().isVisible()).toBe(true);
    await page.getByRole('link', { name: 'All analyses' }).click();
    await page.waitForURL(`${shared().url}/`);
    expect(complaints).toEqual([]);
  });

  it('takes what is dropped anywhere on it, with one bar each', async () => {
    await using visited = await visit(`${shared().url}/`);
    const { page, complaints } = visited;
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 1_500_000,
    });
    await drop(page, 'h1', [
      { name: 'large.bin', content: randomBytes(6_000_000) },
      { name: 'too-large.bin', content: Buffer.alloc(20_000_001) },
      { name: 'empty.tar', content: Buffer.alloc(0) },
    ]);
    const uploads = page.locator('#uploads');
    await expect.poll(() => uploads.textContent(), PATIENCE).toMatch(/too-large\.bin.*larger than this server takes/);
    const values = new Set<number>();
    await expect
      .poll(
        async () => {
          const bar = page.getByRole('progressbar', { name: 'Upload of large.bin' });
          if ((await bar.count()) > 0)
            values.add(Number(await bar.getAttribute('value', { timeout: 500 }).catch(() => 0)));
          return page.locator('tr', { hasText: 'large.bin' }).count();
        },
        { ...PATIENCE, interval: 50 },
      )
      .toBe(1);
    expect([...values].filter((value) => value > 0 && value < 1).length, 'steps of the bar').toBeGreaterThan(1);
    await expect.poll(() => uploads.textContent(), PATIENCE).toContain('empty.tar: the file is empty.');
    await expect
      .poll(() => page.locator('tr', { hasText: 'large.bin' }).locator('.status').textContent(), PATIENCE)
      .toMatch(/^Failed: nothing in large\.bin could be read/);
    // The browser itself notes the refusal of the empty one.
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });

  it('shows hostile names as text, in the list, on their page, and when it asks before deleting', async () => {
    const name = '<img src=x onerror=alert(1)>"\'&\u202egpj.tar';
    await using visited = await visit(`${shared().url}/`);
    const { page, complaints } = visited;
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.accept();
    });
    await drop(page, '#upload', [{ name, content: Buffer.from('no bundle') }]);
    const link = page.getByRole('link', { name: '<img src=x onerror=alert(1)>' });
    await link.first().waitFor(PATIENCE);
    const row = page.locator('tr', { hasText: 'onerror' });
    await expect.poll(() => row.getAttribute('data-state'), PATIENCE).toBe('failed');
    expect(await row.textContent()).toContain('\\u202egpj.tar');
    await row.getByRole('link').first().click();
    await page.locator('.now.failed').waitFor();
    expect(await page.locator('h1').textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('img').count()).toBe(0);
    expect(dialogs).toEqual([]);
    await page.getByRole('link', { name: 'Delete' }).click();
    await page.waitForURL(`${shared().url}/`);
    expect(dialogs).toHaveLength(1);
    expect(await page.getByRole('link', { name: '<img' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('works without JavaScript: several files by the form, states that renew themselves, deleting with a question', async () => {
    await using visited = await visit(`${shared().url}/`, { javaScriptEnabled: false });
    const { page } = visited;
    const dir = freshFolder();
    mkdirSync(join(dir, 'x'));
    for (const file of ['plain-1.zip', 'plain-2.zip']) writeFileSync(join(dir, 'x', file), GOOD);
    await page.setInputFiles('#bundle', [join(dir, 'x', 'plain-1.zip'), join(dir, 'x', 'plain-2.zip')]);
    await page.getByRole('button', { name: 'Analyse', exact: true }).click();
    await page.waitForURL(`${shared().url}/`);
    await page.getByRole('link', { name: 'plain-2.zip', exact: true }).click();
    await page.locator('#verdict').getByText('Breaks at').waitFor(PATIENCE);
    await page.getByRole('link', { name: 'Delete' }).click();
    expect(await page.locator('h1').textContent()).toBe('Delete this analysis?');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(`${shared().url}/`);
    expect(await page.getByText('plain-2.zip').count()).toBe(0);
    await page.fill('#q', 'plain-1 diagnosed');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await page.locator('tbody tr').count()).toBe(1);
  });

  it.each([
    ['with a mouse', {}],
    ['without JavaScript, on a phone', { ...PHONE, viewport: { width: 360, height: 740 }, javaScriptEnabled: false }],
  ] as const)('offers every download also redacted, in plain words: %s', async (_how, options) => {
    const server = shared();
    const answer = await server.post([['acme-4711.tar.xz', readFileSync(bundle('101-forward-drop-a.tar.xz'))]]);
    const { id } = (await answer.json()) as { id: string };
    await server.finished(id);
    await using visited = await visit(`${server.url}/analyses/${id}`, options as BrowserContextOptions);
    const { page } = visited;
    const bar = page.getByRole('navigation', { name: 'podtrail serve' });
    expect(await bar.textContent()).toContain('Download redacted');
    expect(await page.evaluate(OVERHANG)).toBe(0);
    expect(await poorContrast(page)).toEqual([]);
    const saved = async (name: string): Promise<{ name: string; bytes: Buffer }> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        bar.getByRole('link', { name, exact: true }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    for (const form of ['HTML', 'Markdown', 'JSON', 'Evidence']) {
      expect((await saved(form)).name, form).toContain('acme');
      const redacted = await saved(`${form}, redacted`);
      expect(redacted.name).toMatch(/^podtrail-redacted/);
      if (form !== 'Evidence') expect(redacted.bytes.toString()).not.toMatch(/10\.200\.[12]\.|edge-[0-9]|acme/);
    }
  });

  it('can be worked by keyboard alone', async () => {
    await using visited = await visit(`${shared().url}/`);
    const { page } = visited;
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    const reached: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const name = (await page.evaluate(
        'document.activeElement.id || document.activeElement.getAttribute("href") || document.activeElement.textContent',
      )) as string;
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), name).not.toBe('none');
      reached.push(name);
      if (name.endsWith('/delete')) break;
    }
    expect(reached).toEqual(expect.arrayContaining(['/', 'bundle', 'q', 'Search']));
    expect(reached.some((name) => /^\/analyses\/[0-9a-f]{32}$/.test(name))).toBe(true);
    const chooser = page.waitForEvent('filechooser');
    await page.focus('#bundle');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'by-keyboard.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByRole('link', { name: 'by-keyboard.txt', exact: true }).waitFor(PATIENCE);
  });

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', PHONE],
    ['on a phone at night', { ...PHONE, colorScheme: 'dark' }],
  ] as const)('can be read: %s', async (_how, options) => {
    const server = shared();
    const answer = await server.post([[`${'long-name-'.repeat(15)}.bin`, 'no bundle']]);
    const { id } = (await answer.json()) as { id: string };
    await server.finished(id);
    for (const path of ['/', `/analyses/${id}`, `/analyses/${id}/delete`, '/nothing']) {
      await using visited = await visit(server.url + path, options as BrowserContextOptions);
      expect(await visited.page.evaluate(OVERHANG), path).toBe(0);
      expect(await poorContrast(visited.page), path).toEqual([]);
    }
  });
});

describe('a server with a token', () => {
  const shared = sharedServer('--token', 'one-two-three-four-five');

  it('asks for it once, and lets go', async () => {
    const { url } = shared();
    await using visited = await visit(`${url}/?q=x`);
    const { page } = visited;
    await page.fill('#token', 'wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the token.').waitFor(PATIENCE);
    await page.fill('#token', 'one-two-three-four-five');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${url}/?q=x`);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.goto(`${url}/`);
    await page.setInputFiles('#bundle', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('no bundle') });
    await expect.poll(() => page.locator('tr[data-id]').first().getAttribute('data-state'), PATIENCE).toBe('failed');
    // A link in a ticket: the first request after it carries no strict cookie.
    await page.goto(`${url.replace('127.0.0.1', 'localhost')}/login`);
    await page.evaluate(`location.assign('${url}/?q=linked')`);
    await page.getByText('Nothing holds all of these words.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.locator('#token').waitFor();
  });
});
