import { CAUSE_CODES } from '../core/code.js';
import { printable } from '../core/escape.js';
import type { Evidence, Finding, NotChecked, NotRead, Remedy, Report, Severity } from '../core/finding.js';
import { clockLine } from './clocks.js';
import { REDACTED } from './redacted.js';
import { plain, type Style } from './style.js';
import { wrapped } from './wrap.js';

/** Columns of a report that goes into a file. */
export const USUAL_WIDTH = 100;

/** How a report is laid out. */
interface Layout {
  readonly style: Style;
  /** Prose, and lists of names, broken at blanks. Quotes and commands stay whole, to be copied and searched for. */
  readonly wrap: (text: string, indent: string) => string;
}

/** Evidence with its place, one quote a line. */
function evidenceLine(evidence: Evidence, { style, wrap }: Layout): string {
  if ('absent' in evidence) {
    return `${wrap(`${evidence.role}: ${evidence.absent}`, '      ')}\n${style.dim(wrap(`looked in ${evidence.searched.join(', ')}`, '      '))}`;
  }
  const place = 'frame' in evidence ? `${evidence.file} frame ${evidence.frame}` : `${evidence.file}:${evidence.line}`;
  return `      ${style.dim(`${printable(place)}  (${printable(evidence.role)})`)}\n        ${printable(evidence.quote.trim())}`;
}

/** Commands stay on one line, to be copied. */
function remedyLines(remedy: Remedy, { style, wrap }: Layout): string[] {
  return [
    `      ${printable(remedy.command)}`,
    wrap(remedy.why, '        '),
    `        ${style.dim('verify:')} ${printable(remedy.verify)}`,
    `        ${style.dim('undo:')} ${printable(remedy.rollback)}`,
  ];
}

const SHOWN = 4;
const NOT_READ_SHOWN = 6;

function findingText(finding: Finding, layout: Layout): string {
  const { style, wrap } = layout;
  const mark: Record<Severity, string> = {
    critical: style.red('CRITICAL'),
    warning: style.yellow('WARNING'),
    info: style.dim('info'),
  };
  const explained = finding.explainedBy === undefined ? '' : `, explained by ${printable(finding.explainedBy)}`;
  const lines = [
    `  ${mark[finding.severity]}  ${style.bold(printable(finding.code))}  ${style.dim(`${printable(finding.confidence)}, ${finding.count}x${explained}`)}`,
  ];
  lines.push(wrap(finding.title, '    '));
  if (finding.severity !== 'info') {
    lines.push(wrap(finding.explanation, '    '));
    if (finding.first !== undefined)
      lines.push(
        style.dim(
          `    ${printable(finding.first === finding.last ? `at ${finding.first}` : `from ${finding.first} to ${finding.last}`)}`,
        ),
      );
    const absent = finding.evidence.filter((e) => 'absent' in e);
    const present = finding.evidence.filter((e) => !('absent' in e));
    for (const evidence of [...present.slice(0, SHOWN), ...absent]) lines.push(evidenceLine(evidence, layout));
    if (present.length > SHOWN)
      lines.push(style.dim(`      and ${present.length - SHOWN} more; --format json or markdown shows all`));
    if (finding.remedy.length > 0) lines.push('    Remedy', ...finding.remedy.flatMap((r) => remedyLines(r, layout)));
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
function notReadLines(report: Report, { wrap }: Layout): string[] {
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

const notChecked = ({ code, missing, collect }: NotChecked, { style, wrap }: Layout): string[] => [
  wrap(`${code}: missing ${missing.join('; ')}`, '  '),
  `    ${style.dim('collect:')} ${printable(collect)}`,
];

/**
 * The report for a terminal: verdict first, then findings with their evidence, then what was not looked at. `width` in columns.
 */
export function renderText(report: Report, style: Style = plain, width = USUAL_WIDTH): string {
  const wrap: Layout['wrap'] = (text, indent) => wrapped(text, { indent, width });
  const layout: Layout = { style, wrap };
  const { verdict, bundle } = report;
  const out: string[] = [];
  out.push(
    `${style.bold(STATES[verdict.state])}${verdict.cause === null ? '' : `: ${style.bold(printable(verdict.cause))} (${printable(verdict.confidence ?? '')})`}`,
  );
  out.push(wrap(verdict.summary, '  '), '');
  const clocks = clockLine(report.clocks);
  if (clocks !== undefined) out.push(wrap(`${clocks}.`, '  '), '');
  if (report.about !== undefined) out.push(wrap(`About ${report.about.complaint}: ${report.about.detail}`, '  '), '');
  const serious = report.findings.filter((f) => f.severity !== 'info');
  const info = report.findings.filter((f) => f.severity === 'info');
  if (serious.length > 0) out.push(style.bold('Findings'), ...serious.flatMap((f) => [findingText(f, layout), '']));
  if (info.length > 0) out.push(style.bold('For information'), ...info.map((f) => findingText(f, layout)), '');
  if (report.ruledOut.length > 0) {
    out.push(style.bold('Ruled out'), ...report.ruledOut.map((r) => wrap(`${r.code}: ${r.because}`, '  ')), '');
  }
  if (report.notChecked.length > 0) {
    // With nothing found, what to collect is the next step; with findings it is background, but for what the verdict lacks: of its
    // cause, or where none is named of those that could be it.
    const isNext = ({ code }: NotChecked): boolean =>
      verdict.cause === null ? CAUSE_CODES.some((cause) => cause === code) : code === verdict.cause;
    out.push(style.bold('Not checked'));
    if (serious.length === 0 || report.notChecked.length <= 2) {
      for (const n of report.notChecked) out.push(...notChecked(n, layout));
    } else {
      for (const n of report.notChecked) if (isNext(n)) out.push(...notChecked(n, layout));
      const others = new Set(report.notChecked.filter((n) => !isNext(n)).map(({ code }) => code));
      if (others.size > 0) out.push(wrap([...others].join(', '), '  '));
      out.push(
        style.dim(wrap('--format markdown or json says what each needs and the command that collects it', '  ')),
      );
    }
    out.push('');
  }
  const broken = report.checks.filter((check) => check.outcome === 'crashed');
  if (broken.length > 0)
    out.push(style.bold('Checks that failed'), ...broken.map((b) => wrap(`${b.code}: ${b.detail}`, '  ')), '');
  if (report.notRead.length > 0) out.push(style.bold('Not read'), ...notReadLines(report, layout), '');
  const checked = report.checks.filter((check) => check.outcome === 'fired' || check.outcome === 'quiet').length;
  const nodes =
    bundle.nodes.length > 0
      ? `, nodes ${bundle.nodes.slice(0, 8).join(', ')}${bundle.nodes.length > 8 ? ', …' : ''}`
      : '';
  const facts = `${bundle.name}: ${bundle.files} files, ${bundle.packets} packets${nodes}; ${checked} of ${report.checks.length} checks made`;
  out.push(style.dim(wrap(facts, '')));
  if (report.redacted === true) out.push(style.dim(wrap(REDACTED, '')));
  return `${out.join('\n')}\n`;
}
