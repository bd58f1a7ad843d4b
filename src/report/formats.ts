import type { Report } from '../core/finding.js';
import { renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderMarkdown } from './markdown.js';
import { renderText } from './text.js';

/** The forms of a report that go into a file. The text form for terminals has a style of its own. */
export const FORMATS = ['text', 'json', 'markdown', 'html'] as const;
export type Format = (typeof FORMATS)[number];

const RENDERERS: Readonly<Record<Format, (report: Report) => string>> = {
  text: (report) => renderText(report),
  json: renderJson,
  markdown: renderMarkdown,
  html: renderHtml,
};

/** The whole report in one form, without colours. */
export const renderAs = (format: Format, report: Report): string => RENDERERS[format](report);
