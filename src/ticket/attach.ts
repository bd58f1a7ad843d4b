import type { Report } from '../core/finding.js';
import type { Redaction } from '../redact/redact-report.js';
import { evidenceFiles, named, type RedactedEvidence, redactedEvidence, reportFile } from './files.js';
import { changesBetween, type Mark, markIn, markOf, markText } from './marker.js';
import type { Block } from './markup/block.js';
import { detailsOf, summaryOf } from './summary.js';
import type { Attached, Attachment, TicketSystem } from './system.js';

/** What a run is about to bring to a ticket. */
export interface Delivery {
  readonly report: Report;
  readonly mark: Mark;
  readonly files: readonly Attachment[];
  /** What stays here, and why. */
  readonly leftOut: readonly string[];
}

/** `read`: the report as it stands in its file; `evidence`: a folder that `analyze --evidence` wrote; `redaction`: of this report. */
export function deliveryOf(read: Report, evidence: string | undefined, redaction?: Redaction): Delivery {
  const report = redaction?.report ?? read;
  const { files: proof, leftOut } = proofOf(read, evidence, redaction);
  const mark = markOf(report, proof);
  return {
    report,
    mark,
    files: [reportFile(report), ...proof].map((file) => named(file, mark.digest)),
    leftOut,
  };
}

function proofOf(read: Report, evidence: string | undefined, redaction: Redaction | undefined): RedactedEvidence {
  if (evidence === undefined) return { files: [], leftOut: [] };
  if (read.redacted === true || redaction !== undefined) return redactedEvidence(evidence, read, redaction);
  return { files: evidenceFiles(evidence), leftOut: [] };
}

/** The comment: what every reader needs and, where files cannot be attached, the findings, as many as there is room for. */
export function commentBlocks(
  system: TicketSystem,
  { report, leftOut }: Delivery,
  { attached, changes }: { readonly attached: readonly Attached[]; readonly changes?: string | undefined },
): Block[] {
  const refused = attached.flatMap((file) => ('refused' in file ? [file] : []));
  const inComment = system.attachments === 'none';
  const summary = summaryOf(report, {
    changes,
    attached: attached.flatMap((file) => ('handle' in file ? [file.name] : [])),
    leftOut: [
      ...leftOut,
      ...(inComment
        ? [
            'Files cannot be attached here by its interface; the findings stand below. Attach the HTML report by hand if you need all of it.',
          ]
        : refused.map(({ name }) => `${name} is not attached: it is too large for this system.`)),
    ],
  });
  const used = system.write(summary, '').length;
  return inComment ? [...summary, ...detailsOf(report, system.room - used - 500)] : summary;
}

export type Outcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'added' | 'updated'; readonly refused: readonly string[] };

/** Brings the report to the ticket, unless it is there already. */
export async function attach(system: TicketSystem, delivery: Delivery): Promise<Outcome> {
  const own = await system.own();
  const before = own === undefined ? undefined : markIn(own.text);
  if (before?.digest === delivery.mark.digest) return { kind: 'unchanged' };
  const attached: Attached[] = [];
  if (system.attachments === 'files') for (const file of delivery.files) attached.push(await system.upload(file));
  const changes = before === undefined ? undefined : changesBetween(before, delivery.mark);
  const blocks = commentBlocks(system, delivery, { attached, changes });
  const mark = markText(delivery.mark);
  const refused = attached.flatMap((file) => ('refused' in file ? [`${file.name}: ${file.refused}`] : []));
  if (own !== undefined && (await system.update?.(own, blocks, mark, attached)) === true)
    return { kind: 'updated', refused };
  const lost = await system.comment(blocks, mark, attached);
  return { kind: 'added', refused: [...refused, ...lost.map(({ name, refused: why }) => `${name}: ${why}`)] };
}
