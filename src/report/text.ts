import { printable } from '../core/escape.js';
import type { Evidence, Finding, NotChecked, NotRead, Remedy, Report, Severity } from '../core/finding.js';
import { clockLine } from './clocks.js';
import { REDACTED } from './redacted.js';
import { plain, type Style } from './style.js';
import { wrapped } from './wrap.js';

const WIDTH = 100;

const wrap = (text: string, indent: string): string => wrapped(text, { indent, width: WIDTH });

/** Evidence with its place, one quote a line. */
function evidenceLine(evidence: Evidence, style: Style): string {
  if ('absent' in evidence) {
    return `${wrap(`${evidence.role}: ${evidence.absent}`, '      ')}\n      ${style.dim(`looked in ${printable(evidence.searched.join(', '))}`)}`;
  }
  const place = 'frame' in evidence ? `${evidence.file} frame ${evidence.frame}` : `${evidence.file}:${evidence.line}`;
  return `      ${style.dim(`${printable(place)}  (${printable(evidence.role)})`)}\n        ${printable(evidence.quote.trim())}`;
}

/** Commands stay on one line, to be copied. */
function remedyLines(remedy: Remedy, style: Style): string[] {
  return [
    `      ${printable(remedy.command)}`,
    wrap(remedy.why, '        '),
    `        ${style.dim('verify:')} ${printable(remedy.verify)}`,
    `        ${style.dim('undo:')} ${printable(remedy.rollback)}`,
  ];
}

const SHOWN = 4;
const NOT_READ_SHOWN = 6;

function findingText(finding: Finding, style: Style): string {
  const mark: Record<Severity, string> = {
    critical: style.red('CRITICAL'),
    warning: style.yellow('WARNING'),
    info: style.dim('info'),
  };
  const explained = finding.explainedBy === undefined ? '' : `, explained by ${finding.explainedBy}`;
  const lines = [
    `  ${mark[finding.severity]}  ${style.bold(finding.code)}  ${style.dim(`${finding.confidence}, ${finding.count}x${explained}`)}`,
  ];
  lines.push(wrap(finding.title, '    '));
  if (finding.severity !== 'info') {
    lines.push(wrap(finding.explanation, '    '));
    if (finding.first !== undefined)
      lines.push(
        style.dim(
          `    ${finding.first === finding.last ? `at ${finding.first}` : `from ${finding.first} to ${finding.last}`}`,
        ),
      );
    const absent = finding.evidence.filter((e) => 'absent' in e);
    const present = finding.evidence.filter((e) => !('absent' in e));
    for (const evidence of [...present.slice(0, SHOWN), ...absent]) lines.push(evidenceLine(evidence, style));
    if (present.length > SHOWN)
      lines.push(style.dim(`      and ${present.length - SHOWN} more; --format json or markdown shows all`));
    if (finding.remedy.length > 0) lines.push('    Remedy', ...finding.remedy.flatMap((r) => remedyLines(r, style)));
  }
  return lines.join('\n');
}

const STATES: Readonly<Record<Report['verdict']['state'], string>> = {
  diagnosed: 'Diagnosed',
  suspected: 'Suspected',
  'no-fault-found': 'No fault found',
  insufficient: 'Cannot tell',
};

/** What could not be read, once per reason. */
function notReadLines(report: Report): string[] {
  const reasons = new Map<string, NotRead[]>();
  for (const n of report.notRead) reasons.set(n.reason, [...(reasons.get(n.reason) ?? []), n]);
  const lines = [...reasons].map(([reason, notes]) => {
    const shown = notes.slice(0, 3).map((n) => {
      const places =
        n.firstLine === undefined ? '' : n.count > 1 ? ` (${n.count}, first at ${n.firstLine})` : `:${n.firstLine}`;
      return `${n.file}${places}`;
    });
    return wrap(`${reason}: ${shown.join(', ')}${notes.length > 3 ? ` and ${notes.length - 3} more` : ''}`, '  ');
  });
  const more = lines.length - NOT_READ_SHOWN;
  return more > 0 ? [...lines.slice(0, NOT_READ_SHOWN), `  and ${more} more reasons; --format json shows all`] : lines;
}

const notChecked = ({ code, missing, collect }: NotChecked, style: Style): string[] => [
  wrap(`${code}: missing ${missing.join('; ')}`, '  '),
  `    ${style.dim('collect:')} ${printable(collect)}`,
];

/** The report for a terminal: verdict first, then findings with their evidence, then what was not looked at. */
export function renderText(report: Report, style: Style = plain): string {
  const { verdict, bundle } = report;
  const out: string[] = [];
  out.push(
    `${style.bold(STATES[verdict.state])}${verdict.cause === null ? '' : `: ${style.bold(verdict.cause)} (${verdict.confidence})`}`,
  );
  out.push(wrap(verdict.summary, '  '), '');
  const clocks = clockLine(report.clocks);
  if (clocks !== undefined) out.push(wrap(`${clocks}.`, '  '), '');
  if (report.about !== undefined) out.push(wrap(`About ${report.about.complaint}: ${report.about.detail}`, '  '), '');
  const serious = report.findings.filter((f) => f.severity !== 'info');
  const info = report.findings.filter((f) => f.severity === 'info');
  if (serious.length > 0) out.push(style.bold('Findings'), ...serious.flatMap((f) => [findingText(f, style), '']));
  if (info.length > 0) out.push(style.bold('For information'), ...info.map((f) => findingText(f, style)), '');
  if (report.ruledOut.length > 0) {
    out.push(style.bold('Ruled out'), ...report.ruledOut.map((r) => wrap(`${r.code}: ${r.because}`, '  ')), '');
  }
  if (report.notChecked.length > 0) {
    // With nothing found, what to collect is the next step; with findings it is background, but for what the verdict lacks.
    out.push(style.bold('Not checked'));
    if (serious.length === 0 || report.notChecked.length <= 2) {
      for (const n of report.notChecked) out.push(...notChecked(n, style));
    } else {
      for (const n of report.notChecked) if (n.code === verdict.cause) out.push(...notChecked(n, style));
      const others = new Set<string>(report.notChecked.map(({ code }) => code));
      if (verdict.cause !== null) others.delete(verdict.cause);
      if (others.size > 0) out.push(wrap([...others].join(', '), '  '));
      out.push(style.dim('  --format markdown or json says what each needs and the command that collects it'));
    }
    out.push('');
  }
  const broken = report.checks.filter((check) => check.outcome === 'crashed');
  if (broken.length > 0)
    out.push(style.bold('Checks that failed'), ...broken.map((b) => wrap(`${b.code}: ${b.detail}`, '  ')), '');
  if (report.notRead.length > 0) out.push(style.bold('Not read'), ...notReadLines(report), '');
  const checked = report.checks.filter((check) => check.outcome === 'fired' || check.outcome === 'quiet').length;
  out.push(
    style.dim(
      `${printable(bundle.name)}: ${bundle.files} files, ${bundle.packets} packets${bundle.nodes.length > 0 ? `, nodes ${printable(bundle.nodes.slice(0, 8).join(', '))}${bundle.nodes.length > 8 ? ', …' : ''}` : ''}; ${checked} of ${report.checks.length} checks made`,
    ),
  );
  if (report.redacted === true) out.push(style.dim(wrap(REDACTED, '')));
  return `${out.join('\n')}\n`;
}
