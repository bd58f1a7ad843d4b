import type { Evidence, Finding, Report } from '../core/finding.js';
import { REDACTED } from '../report/redacted.js';
import type { Block } from './markup/block.js';

/** What a ticket's reader needs first: the verdict, what shows it, what to do, what to collect. The rest is in the attachment. */

const EVIDENCE = 6;
const QUOTE = 300;
const COLLECT = 3;
/** Characters of a place or a role, of a command, and of its check or its undo: a comment must fit whatever a report holds. */
const PLACE = 200;
const COMMAND = 3000;
const CHECK = 1500;

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function evidenceLines(evidence: Evidence): string[] {
  if ('absent' in evidence)
    return [
      `${evidence.role}: ${cut(evidence.absent, QUOTE)}`,
      `  looked in ${cut(evidence.searched.join(', '), QUOTE)}`,
    ];
  const file = cut(evidence.file, PLACE);
  const place = 'frame' in evidence ? `${file} frame ${evidence.frame}` : `${file}:${evidence.line}`;
  return [`${place}  (${cut(evidence.role, PLACE)})`, `  ${cut(evidence.quote.trim(), QUOTE)}`];
}

function evidenceBlock(evidence: readonly Evidence[], most: number): Block[] {
  if (evidence.length === 0) return [];
  const lines = evidence.slice(0, most).flatMap(evidenceLines);
  return [{ kind: 'code', lines: evidence.length > most ? [...lines, `and ${evidence.length - most} more`] : lines }];
}

function remedyBlocks({ remedy: [first] }: Finding): Block[] {
  if (first === undefined) return [];
  const { command, why, verify, rollback } = first;
  return [
    { kind: 'text', text: `Remedy: ${cut(why, 1000)}` },
    {
      kind: 'code',
      lines: [
        ...cut(command, COMMAND).split('\n'),
        '',
        '# verify',
        ...cut(verify, CHECK).split('\n'),
        '',
        '# undo',
        ...cut(rollback, CHECK).split('\n'),
      ],
    },
  ];
}

/** The finding that the verdict is about, or else the gravest. */
const mainFinding = ({ verdict, findings }: Report): Finding | undefined =>
  findings.find(({ code }) => code === verdict.cause) ?? findings.find(({ severity }) => severity !== 'info');

function collectBlocks({ verdict, notChecked }: Report): Block[] {
  // With a proven cause nothing more is needed.
  if (verdict.confidence === 'proven' || notChecked.length === 0) return [];
  const wanted = notChecked.slice(0, COLLECT);
  return [
    { kind: 'text', text: 'What would settle it:' },
    {
      kind: 'code',
      lines: wanted.flatMap(({ code, missing, collect }) => [
        `# ${code}: ${cut(missing.join('; '), PLACE)}`,
        ...cut(collect, CHECK).split('\n'),
      ]),
    },
  ];
}

const titleOf = ({ verdict: { state, cause, confidence } }: Report): string =>
  `podtrail: ${state}${cause === null ? '' : `, ${cause}${confidence === null ? '' : ` (${confidence})`}`}`;

export interface Around {
  /** What is different from the comment before. */
  readonly changes?: string | undefined;
  /** Names of the attached files. */
  readonly attached: readonly string[];
  /** What could not be attached, and why; one sentence each. */
  readonly leftOut: readonly string[];
}

/** The comment, without its mark. */
export function summaryOf(report: Report, { changes, attached, leftOut }: Around): Block[] {
  const main = mainFinding(report);
  const { bundle, findings } = report;
  const counts = `${cut(bundle.name, PLACE)}: ${bundle.files} files, ${bundle.packets} packets, ${findings.length} findings.`;
  return [
    { kind: 'heading', text: titleOf(report) },
    ...(changes === undefined ? [] : [{ kind: 'text', text: changes } as const]),
    { kind: 'text', text: cut(report.verdict.summary, 2000) },
    ...(main === undefined ? [] : evidenceBlock(main.evidence, EVIDENCE)),
    ...(main === undefined ? [] : remedyBlocks(main)),
    ...collectBlocks(report),
    { kind: 'text', text: attached.length === 0 ? counts : `${counts} Attached: ${attached.join(', ')}.` },
    ...leftOut.map((text): Block => ({ kind: 'text', text })),
    ...(report.redacted === true ? [{ kind: 'text', text: REDACTED } as const] : []),
  ];
}

/** The findings one by one, for systems that cannot take the report as a file; as many as fit into `room` characters of text. */
export function detailsOf(report: Report, room: number): Block[] {
  const out: Block[] = [];
  let left = room;
  for (const finding of report.findings) {
    const blocks: Block[] = [
      { kind: 'text', text: `${finding.severity}: ${finding.code} (${finding.confidence}, ${finding.count} times)` },
      { kind: 'text', text: `${cut(finding.title, 600)}. ${cut(finding.explanation, 600)}` },
      ...evidenceBlock(finding.evidence, EVIDENCE),
    ];
    // Escapes may double a text, and a little is written around each block.
    left -= JSON.stringify(blocks).length * 2;
    if (left < 0) break;
    out.push({ kind: 'more', title: `${finding.severity}: ${finding.code}`, blocks });
  }
  const rest = report.findings.length - out.length;
  if (rest > 0)
    out.push({
      kind: 'text',
      text: `${rest} more findings do not fit here; podtrail analyze --format html shows all.`,
    });
  return out;
}
