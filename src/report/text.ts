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

/** A command with why it is worth to be typed. */
const toCollect = ({ code, missing, collect }: NotChecked, { wrap }: Layout): string[] => [
  `  ${printable(collect)}`,
  wrap(`${code}: ${missing.join('; ')}`, '    '),
];

/**
 * What to collect: the handful that would tell most, then the rest: whole where nothing else is to be said, by their codes below
 * findings and below a handful.
 */
function asksLines({ notChecked: asked, verdict, findings }: Report, layout: Layout): string[] {
  const { style, wrap } = layout;
  if (asked.length === 0) return [];
  const first = asked.filter((ask) => ask.first === true);
  const serious = findings.some(({ severity }) => severity !== 'info');
  // What the verdict lacks: of its cause, or where none is named of those that could be it.
  const isNext = ({ code }: NotChecked): boolean =>
    verdict.cause === null ? CAUSE_CODES.some((cause) => cause === code) : code === verdict.cause;
  const others = asked.filter((ask) => ask.first !== true);
  const isShown = (ask: NotChecked): boolean => first.length === 0 && (!serious || asked.length <= 2 || isNext(ask));
  const out =
    first.length === 0 ? [] : [style.bold('Collect first'), ...first.flatMap((ask) => toCollect(ask, layout)), ''];
  if (others.length === 0) return out;
  out.push(style.bold(first.length === 0 ? 'Not checked' : 'Then'));
  for (const ask of others) if (isShown(ask)) out.push(...notChecked(ask, layout));
  const named = new Set(others.filter((ask) => !isShown(ask)).map(({ code }) => code));
  if (named.size > 0)
    out.push(
      wrap([...named].join(', '), '  '),
      style.dim(wrap('--format markdown or json says what each needs and the command that collects it', '  ')),
    );
  return [...out, ''];
}

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
  out.push(...asksLines(report, layout));
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
