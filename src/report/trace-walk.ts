import { printable } from '../core/escape.js';
import type { Evidence } from '../core/finding.js';
import type { TracedStep, TracedWalk } from '../core/trace.js';
import type { Style } from './style.js';
import { wrapped } from './wrap.js';

export interface TraceLayout {
  readonly style: Style;
  /** Columns. */
  readonly width: number;
  /** Every way in full. */
  readonly all: boolean;
}

/** Where the words of a step begin, behind its stage. */
const COLUMN = ' '.repeat(18);

const MARKS: Readonly<Record<TracedStep['verdict'], string>> = {
  confirmed: 'seen',
  contradicted: 'not seen',
  predicted: '',
  unknown: '',
};

export const arrives = ({ disposition }: TracedWalk): boolean =>
  disposition === 'delivered' || disposition === 'left-cluster';

/** Its place, and the quote behind it or, where that is too long, below it. */
function evidenceLines(evidence: Evidence, before: string, { style, width }: TraceLayout): string[] {
  const block = (text: string, indent: string): string[] =>
    wrapped(text, { indent, hanging: `${indent}  `, width })
      .split('\n')
      .map(style.dim);
  if ('absent' in evidence) return block(`${before}looked in ${evidence.searched.join(', ')}`, COLUMN);
  const place = `${before}${'frame' in evidence ? `${evidence.file} frame ${evidence.frame}` : `${evidence.file}:${evidence.line}`}`;
  const quote = evidence.quote.trim();
  return COLUMN.length + place.length + 2 + quote.length <= width
    ? block(`${place}: ${quote}`, COLUMN)
    : [...block(place, COLUMN), ...block(quote.replace(/\s+/g, ' '), `${COLUMN}  `)];
}

/** Jumps from chain to chain are one step: the chains' names say enough, and `--format json` has the lines. */
function folded(steps: readonly TracedStep[]): readonly (readonly TracedStep[])[] {
  const groups: TracedStep[][] = [];
  for (const step of steps) {
    const open = groups.at(-1);
    const [first] = open ?? [];
    const goesOn =
      step.jumpsTo !== undefined &&
      first?.jumpsTo !== undefined &&
      first.node === step.node &&
      first.stage === step.stage;
    if (goesOn) open!.push(step);
    else groups.push([step]);
  }
  return groups;
}

const headerOf = (step: TracedStep): string =>
  step.envelope === undefined ? step.packet : `${step.envelope} [${step.packet}]`;

/** One way in one direction: node by node, step by step, each with the lines that decide it and what was seen there. */
export function walkLines(walk: TracedWalk, layout: TraceLayout): string[] {
  const { style, width } = layout;
  const lines: string[] = [];
  const header = (label: string, text: string): void => {
    lines.push(style.dim(wrapped(text, { indent: `    ${label.padEnd(14)}`, hanging: COLUMN, width })));
  };
  let node = '';
  let stage = '';
  let shown = '';
  let quoted = '';
  for (const group of folded(walk.steps)) {
    const [step] = group as [TracedStep];
    const last = group.at(-1)!;
    if (step.node !== node) {
      node = step.node;
      stage = '';
      lines.push(`  ${style.bold(printable(node))}`);
      if (shown === '') header('packet', headerOf(step));
      shown ||= headerOf(step);
    }
    const jumps = step.jumpsTo !== undefined;
    const says = jumps ? `via ${group.map((one) => one.jumpsTo).join(' > ')}` : step.says;
    const mark = MARKS[last.verdict];
    const text = wrapped(`${says}${mark === '' ? '' : `  (${mark})`}`, { indent: COLUMN, width }).slice(COLUMN.length);
    const failed = last === walk.steps.at(-1) && !arrives(walk);
    lines.push(`    ${(step.stage === stage ? '' : step.stage).padEnd(14)}${failed ? style.red(text) : text}`);
    stage = step.stage;
    const because = JSON.stringify([step.node, step.stage, step.because]);
    if (!jumps && because !== quoted)
      for (const evidence of step.because) lines.push(...evidenceLines(evidence, '', layout));
    quoted = because;
    for (const evidence of last.seen) lines.push(...evidenceLines(evidence, `${evidence.role}: `, layout));
    if (headerOf(last) !== shown) {
      shown = headerOf(last);
      if (!says.endsWith(shown)) header('', `now ${shown}`);
    }
  }
  lines.push(`  => ${arrives(walk) ? style.bold(walk.disposition) : style.red(walk.disposition)}`);
  const below = (text: string, indent: string): string => wrapped(text, { indent, hanging: `${indent}  `, width });
  if (walk.missing !== undefined) lines.push(`     collect: ${printable(walk.missing.collect)}`);
  if (walk.assumed.length > 0) lines.push(style.dim('     taken for granted, because the bundle does not show it:'));
  for (const { what, collect } of walk.assumed) {
    lines.push(style.dim(below(`${what}; collect: ${collect}`, '       ')));
  }
  return lines;
}
