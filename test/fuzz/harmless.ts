import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { printable } from '../../src/core/escape.js';
import type { Report } from '../../src/core/finding.js';
import { FORMATS, renderAs } from '../../src/report/formats.js';

/** Markup that mutations put into names and lines, as it must not reach a browser. */
const MARKUP = /<img src=x|<script>alert|<svg onload|href="javascript:/i;

/** Throws when a report blames podtrail itself, or when a form of it carries what could act on a terminal or in a browser. */
export function assertHarmless(report: Report): void {
  for (const { file, reason } of report.notRead)
    if (reason.includes('a bug in podtrail')) throw new Error(`${file}: ${reason}`);
  for (const check of report.checks)
    if (check.outcome === 'crashed') throw new Error(`crashed: ${JSON.stringify(check)}`);
  for (const format of FORMATS) {
    const text = renderAs(format, report);
    // Markdown has zero-width spaces of its own: they keep `@name` and `:cd:` from becoming a mention and a picture.
    const plain = format === 'markdown' ? text.replaceAll('\u200b', '') : text;
    for (const line of plain.split('\n'))
      if (printable(line) !== line)
        throw new Error(`${format} has a control character: ${JSON.stringify(line.slice(0, 300))}`);
    const shown =
      format === 'html'
        ? text
        : format === 'markdown'
          ? micromark(text, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] })
          : '';
    const found = MARKUP.exec(shown);
    if (found !== null)
      throw new Error(`${format} has markup: ${shown.slice(Math.max(0, found.index - 200), found.index + 200)}`);
  }
}
