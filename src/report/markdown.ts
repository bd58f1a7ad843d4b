import type { Evidence, Finding, Remedy, Report } from '../core/finding.js';
import { clockLine } from './clocks.js';
import { codeBlock, escapeMarkdown } from './markdown-text.js';
import { REDACTED } from './redacted.js';

function evidenceText(evidence: readonly Evidence[]): string {
  const lines: string[] = [];
  for (const e of evidence) {
    if ('absent' in e) lines.push(`${e.role}: ${e.absent}`, `  looked in ${e.searched.join(', ')}`);
    else
      lines.push(`${e.file}${'frame' in e ? ` frame ${e.frame}` : `:${e.line}`}  (${e.role})`, `  ${e.quote.trim()}`);
  }
  return codeBlock(lines);
}

const remedyText = ({ command, why, verify, rollback }: Remedy): string[] => [
  `Remedy: ${escapeMarkdown(why)}`,
  '',
  codeBlock([command, '', '# verify', verify, '', '# undo', rollback]),
  '',
];

function findingText(finding: Finding): string {
  const times =
    finding.first === undefined
      ? ''
      : `, ${escapeMarkdown(finding.first === finding.last ? finding.first : `${finding.first} to ${finding.last}`)}`;
  const explained = finding.explainedBy === undefined ? '' : `, explained by ${escapeMarkdown(finding.explainedBy)}`;
  return [
    `### ${finding.severity}: ${escapeMarkdown(finding.code)}`,
    '',
    `**${escapeMarkdown(finding.title)}** (${escapeMarkdown(finding.confidence)}, ${finding.count} times${times}${explained})`,
    '',
    escapeMarkdown(finding.explanation),
    '',
    evidenceText(finding.evidence),
    '',
    ...finding.remedy.flatMap(remedyText),
  ].join('\n');
}

/** The report as Markdown that Jira, GitHub and GitLab show alike: headings, bold, code blocks, plain lists. */
export function renderMarkdown(report: Report): string {
  const { verdict, bundle } = report;
  const clocks = clockLine(report.clocks);
  const out = [
    `## podtrail: ${verdict.state}${verdict.cause === null ? '' : `, ${escapeMarkdown(verdict.cause)} (${escapeMarkdown(verdict.confidence ?? '')})`}`,
    '',
    escapeMarkdown(verdict.summary),
    '',
    ...(clocks === undefined ? [] : [`${escapeMarkdown(clocks)}.`, '']),
    ...(report.about === undefined
      ? []
      : [`About ${escapeMarkdown(report.about.complaint)}: ${escapeMarkdown(report.about.detail)}`, '']),
    ...report.findings.map(findingText),
  ];
  if (report.ruledOut.length > 0)
    out.push(
      '### Ruled out',
      '',
      ...report.ruledOut.map((r) => `- ${escapeMarkdown(r.code)}: ${escapeMarkdown(r.because)}`),
      '',
    );
  const first = report.notChecked.filter((ask) => ask.first === true);
  for (const [title, asks] of [
    ['Collect first', first],
    [first.length > 0 ? 'Then' : 'Not checked', report.notChecked.filter((ask) => ask.first !== true)],
  ] as const) {
    if (asks.length === 0) continue;
    out.push(`### ${title}`, '');
    for (const n of asks)
      out.push(
        `- ${escapeMarkdown(n.code)}: missing ${escapeMarkdown(n.missing.join('; '))}. Collect:`,
        '',
        codeBlock([n.collect]),
        '',
      );
  }
  if (report.notRead.length > 0) {
    out.push('### Not read', '');
    for (const n of report.notRead)
      out.push(
        `- ${escapeMarkdown(n.file)}: ${escapeMarkdown(n.reason)} (${n.count}${n.firstLine === undefined ? '' : `, first at ${n.firstLine}`})`,
      );
    out.push('');
  }
  out.push(`${escapeMarkdown(bundle.name)}: ${bundle.files} files, ${bundle.packets} packets.`, '');
  if (report.redacted === true) out.push(REDACTED, '');
  return out.join('\n');
}
