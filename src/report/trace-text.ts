import { printable } from '../core/escape.js';
import type { Evidence } from '../core/finding.js';
import type { Trace, TracedStep, TracedWalk } from '../core/trace.js';
import { plain, type Style } from './style.js';

const MARKS: Readonly<Record<TracedStep['verdict'], string>> = {
  confirmed: 'seen',
  contradicted: 'not seen',
  predicted: '',
  unknown: 'cannot tell',
};

const place = (evidence: Evidence): string =>
  'absent' in evidence
    ? `looked in ${evidence.searched.join(', ')}`
    : 'frame' in evidence
      ? `${evidence.file} frame ${evidence.frame}: ${evidence.quote.trim()}`
      : `${evidence.file}:${evidence.line}: ${evidence.quote.trim()}`;

function walkLines(walk: TracedWalk, style: Style): string[] {
  const lines: string[] = [];
  let node = '';
  let header = '';
  walk.steps.forEach((step, i) => {
    if (step.node !== node) {
      node = step.node;
      lines.push(`  ${style.bold(printable(node))}`);
    }
    const now = step.envelope === undefined ? step.packet : `${step.envelope} [${step.packet}]`;
    if (now !== header) {
      header = now;
      lines.push(`    ${style.dim(printable(now))}`);
    }
    const last = i === walk.steps.length - 1;
    const says = printable(step.says);
    const mark = MARKS[step.verdict];
    const shown = last && !['delivered', 'left-cluster'].includes(walk.disposition) ? style.red(says) : says;
    lines.push(`    ${step.stage.padEnd(13)} ${shown}${mark === '' ? '' : style.dim(`  (${mark})`)}`);
    for (const evidence of step.because) lines.push(style.dim(`                  ${printable(place(evidence))}`));
    for (const evidence of step.seen)
      lines.push(style.dim(`                  ${printable(`${evidence.role}: ${place(evidence)}`)}`));
  });
  lines.push(`  ${style.bold(`=> ${walk.disposition}`)}`);
  if (walk.missing !== undefined) lines.push(`     collect: ${printable(walk.missing.collect)}`);
  for (const { what, collect } of walk.assumed) {
    lines.push(style.dim(`     taken for granted, because the bundle does not show it: ${printable(what)}`));
    lines.push(style.dim(`       ${printable(collect)}`));
  }
  return lines;
}

/** The journey for a terminal: hop by hop, each with the line that decides it and what was seen there. */
export function renderTrace(trace: Trace, style: Style = plain): string {
  const out: string[] = [style.bold(printable(trace.question)), `  ${printable(trace.summary)}`, ''];
  for (const way of trace.ways) {
    if (way.choice !== undefined) out.push(style.bold(`Way: ${printable(way.choice)}`));
    out.push(style.bold('There'), ...walkLines(way.request, style));
    if (way.reply !== undefined) out.push(style.bold('Back'), ...walkLines(way.reply, style));
    out.push('');
  }
  return `${out.join('\n')}\n`;
}
