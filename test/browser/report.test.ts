import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { renderHtml } from '../../src/report/html/page.js';
import { everyText, largeReport, sampleReport } from '../report/sample-report.js';
import { poorContrast } from './contrast.js';
import { launch, open } from './open-page.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const html = renderHtml(sampleReport);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const FOCUSABLE = 'a[href], button, input, select, summary, [tabindex="0"]';

/** How much wider than the window the page is. */
const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

describe('a report in the browser', () => {
  it('opens from disk without a word of complaint, and loads nothing', async () => {
    await using opened = await open(browser, html);
    await opened.page.waitForTimeout(200);
    expect(opened.complaints).toEqual([]);
  });

  it('shows verdict, place and fix above the fold', async () => {
    await using opened = await open(browser, html);
    for (const selector of ['h1', '.where', '#fix + .remedy code']) {
      const box = await opened.page.locator(selector).first().boundingBox();
      expect(box!.y + box!.height, selector).toBeLessThan(800);
    }
  });

  it('has landmarks, one main heading, a language, and a way past the head', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    for (const role of ['banner', 'main', 'contentinfo'] as const) expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('navigation', { name: 'Contents' }).count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    await page.keyboard.press('Tab');
    await expect(page.evaluate('document.activeElement.textContent')).resolves.toBe('Skip to the verdict');
    await page.keyboard.press('Enter');
    await expect(page.evaluate('document.activeElement.id')).resolves.toBe('main');
  });

  it.each([360, 390, 768, 1280])('is never wider than a window of %i px', async (width) => {
    await using opened = await open(browser, html, { viewport: { width, height: 844 } });
    await opened.page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    expect(await opened.page.evaluate(OVERHANG)).toBe(0);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('is legible: %s, %i px', async (colorScheme, width) => {
    await using opened = await open(browser, html, { colorScheme, viewport: { width, height: 844 } });
    await opened.page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    expect(await poorContrast(opened.page)).toEqual([]);
  });

  it('is used by keyboard alone: every control is reached, in order, and is seen to be', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    const wanted = await page.evaluate<number>(
      `[...document.querySelectorAll(${JSON.stringify(FOCUSABLE)})].filter((one) => one.checkVisibility()).length`,
    );
    await page.evaluate('window.reached = new Set(); window.unseen = [];');
    for (let i = 0; i < wanted + 1; i++) {
      await page.keyboard.press('Tab');
      await page.evaluate(`(() => {
        const one = document.activeElement;
        if (one === document.body) return;
        window.reached.add(one);
        const marked = [one, ...one.querySelectorAll('.hit, .bow, .cell')].some((part) => {
          const style = getComputedStyle(part);
          return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none' || parseFloat(style.strokeWidth) >= 2.5 && style.stroke !== 'none';
        });
        if (!marked) window.unseen.push(one.outerHTML.slice(0, 80));
      })()`);
    }
    expect(await page.evaluate('window.reached.size')).toBe(wanted);
    expect(await page.evaluate('window.unseen')).toEqual([]);
  });

  it('copies a command as it is shown', async () => {
    await using opened = await open(browser, html, { permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = opened;
    await page.getByRole('button', { name: 'Copy: the fix' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(sampleReport.findings[0]!.remedy[0]!.command);
  });

  it('filters the time line by text, kind, node and citation', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    const shown = (): Promise<number> => page.locator('#events > li:visible').count();
    expect(await shown()).toBe(2);
    await page.locator('.filter').getByLabel('Text').fill('FLANNEL');
    expect(await shown()).toBe(1);
    expect(await page.getByRole('status').filter({ hasText: 'shown' }).textContent()).toBe('1 of 2 shown');
    await page.locator('.filter').getByLabel('Text').fill('');
    await page.locator('.filter').getByLabel('Kind').selectOption('log');
    expect(await shown()).toBe(1);
    await page.locator('.filter').getByLabel('Node').selectOption('edge-1');
    expect(await shown()).toBe(0);
    await page.locator('.filter').getByLabel('Kind').selectOption('');
    await page.locator('.filter').getByLabel('cited only').check();
    expect(await shown()).toBe(1);
  });

  it('shows the evidence of a point to pointer and focus, and goes to its step', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    const peek = page.locator('figure.journey .peek').first();
    const broken = page.locator('svg.wide .station.breaks').first();
    await broken.hover();
    expect(await peek.textContent()).toContain(':FORWARD DROP [6:360]');
    await page.mouse.move(0, 0);
    expect(await peek.isVisible()).toBe(false);
    await broken.focus();
    expect(await peek.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await peek.isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    expect(await page.locator('#c0q5').isVisible()).toBe(true);
  });

  it('shows it to the first tap of a finger, and goes there with the second', async () => {
    await using opened = await open(browser, html, PHONE);
    const { page } = opened;
    const broken = page.locator('svg.tall .station.breaks').first();
    await broken.tap();
    expect(await page.locator('figure.journey .peek').first().textContent()).toContain(':FORWARD DROP [6:360]');
    expect(await page.locator('#c0q5').isVisible()).toBe(false);
    await broken.tap();
    expect(await page.locator('#c0q5').isVisible()).toBe(true);
  });

  it('is whole without scripts: folded parts open, nothing offers what it cannot do', async () => {
    await using opened = await open(browser, html, { javaScriptEnabled: false });
    const { page } = opened;
    expect(await page.locator('button:visible, input:visible').count()).toBe(0);
    await page.locator('.finding:not([open]) > summary').first().click();
    expect(await page.locator('.finding').nth(1).getByText('SYN, tried 3 times').isVisible()).toBe(true);
    await page.locator('svg.wide .station.breaks').first().click();
    expect(await page.locator('#c0q5').isVisible()).toBe(true);
  });

  it('prints with everything open and no controls', async () => {
    await using opened = await open(browser, html);
    const { page } = opened;
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('button:visible, input:visible, nav:visible').count()).toBe(0);
    expect(await page.getByText('SYN, tried 3 times').nth(1).isVisible()).toBe(true);
    // A4 without the margins, at 96 pixels an inch.
    await page.setViewportSize({ width: 703, height: 1000 });
    expect(await page.evaluate(OVERHANG)).toBe(0);
    expect((await page.pdf({ preferCSSPageSize: true })).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

/** With the longest addresses there are. */
const longAddresses = (text: string): string =>
  text
    .replaceAll(/10\.200\.(\d)\.\d:/g, '[2001:db8:abcd:1$1:3456:789a:bcde:f012]:')
    .replaceAll(/172\.21\.9\.1(\d)/g, '2001:db8:ffff:1$1:3456:789a:bcde:f012');

describe('the drawings', () => {
  it.each([
    ['short', 1280],
    ['short', 390],
    ['long', 1280],
    ['long', 390],
  ] as const)('keep all that they say inside: %s addresses, %i px', async (addresses, width) => {
    const report = addresses === 'short' ? sampleReport : (everyText(sampleReport, longAddresses) as Report);
    await using opened = await open(browser, renderHtml(report), { viewport: { width, height: 844 } });
    const outside = await opened.page.evaluate<
      string[]
    >(`[...document.querySelectorAll('figure svg')].flatMap((svg) => {
      const frame = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text, rect, circle')].filter((part) => part.checkVisibility()).flatMap((part) => {
        const box = part.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1 ? [part.outerHTML] : [];
      });
    })`);
    expect(outside).toEqual([]);
  });
});

describe('a hostile report in the browser', () => {
  const EVIL = [
    '</script><script>alert(1)</script>',
    '"><img src=https://example.org/x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</style></title></svg><svg onload=alert(1)>',
    'javascript:alert(1)',
    '\u202egpj.exe\u2066\u0000\u001b]8;;https://example.org\u0007',
  ];

  it.each(EVIL)('does nothing: %j', async (evil) => {
    const hostile = renderHtml(everyText(sampleReport, (text) => text + evil) as Report);
    await using opened = await open(browser, hostile, { permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = opened;
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('img, iframe, object, embed, link').count()).toBe(0);
    expect(await page.evaluate("[...document.links].every((link) => link.getAttribute('href').startsWith('#'))")).toBe(
      true,
    );
    await page.locator('.copy').first().click();
    for (const station of (await page.locator('svg.wide .station').all()).slice(0, 3)) await station.hover();
    expect(opened.complaints).toEqual([]);
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).not.toMatch(/[\n\r\u0000\u001b\u202e]/);
  });

  it('keeps names of any length and of any direction inside the page', async () => {
    const long = `${'x'.repeat(300)}\u05d0\u05d1\u05d2${'/very-long-path'.repeat(20)}`;
    await using opened = await open(
      browser,
      renderHtml(everyText(sampleReport, (text) => text + long) as Report),
      PHONE,
    );
    await opened.page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    expect(await opened.page.evaluate(OVERHANG)).toBe(0);
  });
});

describe('a report of 50 nodes and 500 findings', () => {
  it.each([390, 1280])('stays usable at %i px', async (width) => {
    await using opened = await open(browser, renderHtml(largeReport()), { viewport: { width, height: 844 } });
    const { page } = opened;
    expect(opened.complaints).toEqual([]);
    expect(await page.evaluate(OVERHANG)).toBe(0);
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(110_000);
    // What is in sight before anything is unfolded.
    expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThan(30_000);
    await page.getByRole('link', { name: 'Findings' }).click();
    expect(await page.locator('#findings').isVisible()).toBe(true);
    const matrix = page.getByRole('region', { name: 'Who reaches whom' });
    expect(await matrix.locator('a').count()).toBe(49);
  });
});

describe('the report of a sample bundle', () => {
  it('is written by the command, and says the same in the browser', async () => {
    const written = execFileSync(
      process.execPath,
      [
        join('dist', 'cli', 'main.js'),
        'analyze',
        'samples/bundles/101-forward-drop-a.tar.xz',
        '--format',
        'html',
        '-q',
      ],
      { maxBuffer: 64 << 20 },
    ).toString();
    await using opened = await open(browser, written);
    const { page } = opened;
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('the policy of FORWARD is DROP');
    expect(await page.locator('.where').textContent()).toContain('edge-2');
    expect(await page.locator('svg.wide .station.breaks:visible').count()).toBe(1);
    expect(await page.locator('.ladder svg.wide .rung:visible').count()).toBeGreaterThan(2);
    expect(opened.complaints).toEqual([]);
  });
});
