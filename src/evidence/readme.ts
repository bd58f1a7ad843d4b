import { printable } from '../core/escape.js';
import type { Report } from '../core/finding.js';

interface Counts {
  readonly frames: number;
  readonly lines: number;
  readonly missing: number;
  readonly withheld: number;
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Says what lies in an evidence folder, and what does not. */
export function readme(
  { bundle, redacted }: Pick<Report, 'bundle' | 'redacted'>,
  { frames, lines, missing, withheld }: Counts,
): string {
  const how =
    redacted === true
      ? 'without payload, addresses replaced as in the report, lengths, flags and numbers as captured,'
      : 'as captured, payload included,';
  const parts = [
    ...(frames > 0
      ? [
          `frames.pcapng: ${counted(frames, 'packet')} ${how} each with a comment that says where it is from and which findings cite it`,
        ]
      : []),
    ...(lines > 0 ? [`lines.txt: ${counted(lines, 'line')} with number and the findings that cite it`] : []),
  ];
  return [
    `What the findings of podtrail's report on ${printable(bundle.name)} cite, cut out of the bundle.`,
    parts.length === 0 ? 'They cite no packet and no line.' : `${parts.join('; ')}.`,
    ...(missing > 0 ? [`${counted(missing, 'cited packet')} not found again, or too large.`] : []),
    ...(withheld > 0
      ? [`${counted(withheld, 'cited packet')} left out: not all addresses in it could be told and replaced.`]
      : []),
    '',
  ].join('\n');
}
