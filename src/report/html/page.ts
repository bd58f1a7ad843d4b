import type { Report } from '../../core/finding.js';
import { REDACTED } from '../redacted.js';
import { checksSection } from './checks.js';
import { count } from './count.js';
import { documentOf } from './document.js';
import { findingsSection } from './findings.js';
import { journeySection } from './journey.js';
import { mapSection } from './map.js';
import { html, type Markup } from './markup.js';
import { notCheckedSection } from './not-checked.js';
import { notReadSection } from './not-read.js';
import { contents, type SectionOf, sectionMarkup } from './outline.js';
import { pageScript } from './page-script.js';
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
  return documentOf({
    title: `${report.verdict.cause ?? report.verdict.state}: ${report.bundle.name}`,
    style: STYLESHEET,
    script: pageScript,
    body: html`<a class="skip" href="#main">Skip to the verdict</a>
${banner(report)}
<main id="main" tabindex="-1">
${verdictSection(report)}
${contents(sections)}
${sections.map(sectionMarkup)}
</main>
<footer>${report.redacted === true && html`<p>${REDACTED}</p>`}<p>Written by podtrail from the bundle alone; every quote names its file and line or frame. <code>podtrail explain CODE</code> says what a code means.</p></footer>`,
  });
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
