/** Markdown around pasted output: a line of its own, or glued to the first line of the paste. */
const FENCE = /^\s{0,3}(?:```+|~~~(?!~))\s*(?!\s)([^`]*)$/;
/** Jira's and HTML's. */
const JIRA = /^\s*(?:\{(?:noformat|code)(:[^}]*)?\}|<\/?pre>)\s*$/;
const CODE = /^\s*`([^`]+)`\s*$/;

/** A line at which a block of code begins or ends. */
export interface Fence {
  /** What is glued to it: a language's name, or the first line of the paste. */
  readonly glued: string;
  /** It opens a block for certain. */
  readonly opening: boolean;
}

/** Undefined for a line that is none. */
export function fenceOf(line: string): Fence | undefined {
  const glued = FENCE.exec(line)?.[1];
  if (glued !== undefined) return { glued, opening: glued.trim() !== '' };
  const jira = JIRA.exec(line);
  return jira === null ? undefined : { glued: '', opening: jira[1] !== undefined };
}

/** What stands between the marks of a line that is code as a whole; else the line. */
export const withoutCodeMarks = (line: string): string => CODE.exec(line)?.[1] ?? line;
