/** A shell's second prompt (PS2, bash(1)) before the rest of what somebody types over several lines. */
const REST = /^\s?>(?:\s(.*)|)$/;
/** A loop, which ends with `done`. */
const LOOP = /[#$%>]\s{1,4}(?:for|while|until)\s/;
const MOST = 2000;

/** True for a prompt line after which the shell asks for more: a loop without its end, or a backslash at the end of the line. */
export const isUnfinished = (line: string): boolean =>
  line.length < MOST && (line.trimEnd().endsWith('\\') || (LOOP.test(line) && !/\bdone\b/.test(line)));

/** The line with what the next one adds to it, as it would stand in one; undefined when that line is no continuation. */
export function continued(line: string, next: string): string | undefined {
  const rest = REST.exec(next);
  if (rest === null || line.length + next.length > MOST) return undefined;
  const more = (rest[1] ?? '').trim();
  if (line.trimEnd().endsWith('\\')) return `${line.trimEnd().slice(0, -1).trimEnd()} ${more}`;
  return `${line.trimEnd()}${/(?:\b(?:do|then|else)|[;|&{])$/.test(line.trimEnd()) ? ' ' : '; '}${more}`;
}
