import type { Report } from '../../core/finding.js';
import { REDACTED } from '../redacted.js';
import { checksSection } from './checks.js';
import { count } from './count.js';
import { findingsSection } from './findings.js';
import { journeySection } from './journey.js';
import { mapSection } from './map.js';
import { html, Markup } from './markup.js';
import { notCheckedSection } from './not-checked.js';
import { notReadSection } from './not-read.js';
import { contents, type SectionOf, sectionMarkup } from './outline.js';
import { REPORT_POLICY, SCRIPT } from './policy.js';
import { ruledOutSection } from './ruled-out.js';
import { STYLESHEET } from './stylesheet.js';
import { timelineSection } from './timeline.js';
import { verdictSection } from './verdict.js';

const SECTIONS: readonly SectionOf[] = [
  journeySection,
  mapSection,
  findingsSection,
  ruledOutSection,
  notCheckedSection,
  notReadSection,
  timelineSection,
  checksSection,
];

/**
 * The report as one HTML file that opens from disk: it loads nothing, and the policy in it forbids to. Without scripts all of
 * it can be read; scripts add the copy buttons and the filter.
 */
export function renderHtml(report: Report): string {
  const sections = SECTIONS.flatMap((section) => section(report) ?? []);
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(REPORT_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="podtrail">
<title>${report.verdict.cause ?? report.verdict.state}: ${report.bundle.name} (podtrail)</title>
<style>${new Markup(STYLESHEET)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the verdict</a>
${banner(report)}
<main id="main" tabindex="-1">
${verdictSection(report)}
${contents(sections)}
${sections.map(sectionMarkup)}
</main>
<footer>${report.redacted === true && html`<p>${REDACTED}</p>`}<p>Written by podtrail from the bundle alone; every quote names its file and line or frame. <code>podtrail explain CODE</code> says what a code means.</p></footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

function banner({ bundle, checks }: Report): Markup {
  const made = checks.filter(({ outcome }) => outcome === 'fired' || outcome === 'quiet').length;
  const facts = [
    count(bundle.files, 'file'),
    count(bundle.packets, 'packet'),
    ...(bundle.nodes.length > 0 ? [count(bundle.nodes.length, 'node')] : []),
    `${made} of ${count(checks.length, 'check')} made`,
  ];
  return html`<header class="banner"><p><span class="product">podtrail</span> <span class="bundle">${bundle.name}</span></p><p class="facts">${facts.join(', ')}</p></header>`;
}
