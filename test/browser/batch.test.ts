import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchEntry, renderBatch } from '../../src/report/html/batch-page.js';
import { poorContrast } from './contrast.js';
import { launch, open } from './open-page.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const entry = (file: string, more: Partial<BatchEntry> = {}): BatchEntry => ({
  file,
  state: 'diagnosed',
  cause: 'forward-drop',
  confidence: 'proven',
  summary: `What ${file} shows.`,
  seconds: 1.5,
  bytes: 20_000,
  name: file.replace(/\..*/, ''),
  findings: { critical: 2, warning: 0, info: 1 },
  ...more,
});
const HOSTILE = '<img src=x onerror=alert(1)>\u202e.tgz';
const entries: readonly BatchEntry[] = [
  entry('ticket-10.tgz', { seconds: 12 }),
  entry('ticket-9.tgz', { seconds: 3 }),
  entry('route.zip', { cause: 'missing-pod-route', confidence: 'likely', bytes: 3_000_000 }),
  entry('well.tar', { state: 'no-fault-found', cause: null, confidence: null, findings: undefined }),
  entry(HOSTILE, { state: 'failed', cause: null, confidence: null, name: undefined, summary: '</script><b>broken' }),
];
const html = renderBatch(entries);

/** Names of the bundles that are to be seen, from the top. */
const shown = async (page: Page): Promise<string[]> =>
  (await page.locator('tbody tr:not(.group):visible td.file bdi').allTextContents()).map((text) => text.trim());

describe('the index of a batch in the browser', () => {
  it('opens without complaint, grouped by cause, the most frequent first, failures last', async () => {
    await using opened = await open(browser, html);
    expect(await opened.page.locator('tbody .group:visible').allTextContents()).toEqual([
      'forward-drop 2',
      'missing-pod-route 1',
      'No fault found 1',
      'Failed 1',
    ]);
    expect(await opened.page.locator('a[href="ticket-9.html"]').count()).toBe(1);
    expect(await opened.page.locator('img, tbody b').count()).toBe(0);
    expect(opened.complaints).toEqual([]);
  });

  it('sorts within the groups, numbers in names and columns as numbers, and back', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    await page.getByRole('button', { name: 'Bundle' }).click();
    expect((await shown(page)).slice(0, 2)).toEqual(['ticket-9.tgz', 'ticket-10.tgz']);
    await page.getByRole('button', { name: 'Time' }).click();
    await page.getByRole('button', { name: 'Time' }).click();
    expect((await shown(page)).slice(0, 2)).toEqual(['ticket-10.tgz', 'ticket-9.tgz']);
    expect(await page.locator('th[aria-sort="descending"]').textContent()).toBe('Time');
  });

  it('sorts across the groups when they are taken apart', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    await page.getByLabel('Group by cause').uncheck();
    await page.getByRole('button', { name: 'Size' }).click();
    await page.getByRole('button', { name: 'Size' }).click();
    expect((await shown(page))[0]).toBe('route.zip');
    expect(await page.locator('tbody .group:visible').count()).toBe(0);
    await page.getByLabel('Group by cause').check();
    expect(await page.locator('tbody .group:visible').count()).toBe(4);
  });

  it('filters by any word, hides empty groups, and says how many are left', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    await page.getByLabel('Find').fill('TICKET-9');
    expect(await shown(page)).toEqual(['ticket-9.tgz']);
    expect(await page.locator('tbody .group:visible').count()).toBe(1);
    expect(await page.locator('output').textContent()).toBe('1 of 5 shown');
    await page.getByLabel('Find').fill('');
    expect(await shown(page)).toHaveLength(5);
  });

  it('is readable without scripts', async () => {
    await using opened = await open(browser, html, { javaScriptEnabled: false });
    expect(await shown(opened.page)).toHaveLength(5);
    expect(await opened.page.locator('.filter:visible').count()).toBe(0);
  });

  it.each([360, 390, 1280])('is never wider than a window of %i px', async (width) => {
    await using opened = await open(browser, html, { viewport: { width, height: 844 } });
    const overhang = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await opened.page.evaluate(overhang)).toBe(0);
  });

  it.each(['light', 'dark'] as const)('has enough contrast in the %s', async (colorScheme) => {
    await using opened = await open(browser, html, { colorScheme });
    expect(await poorContrast(opened.page)).toEqual([]);
  });
});
