/**
 * Tables whose columns stand under their headings, as kubectl (k8s.io/cli-runtime printers: a tabwriter with a minimal
 * width of 6 and a padding of 3) and many Go tools print them. Cells may hold single spaces and may be empty, so a row
 * is cut at the heading's positions; only a row that does not fit them is split at gaps.
 */

/** One heading: its text and the column where it starts. */
export interface Heading {
  readonly name: string;
  readonly at: number;
}

/** Headings of several words; needed only when a paste has squeezed the gaps to one space. */
const TWO_WORDS =
  /^(?:NOMINATED NODE|READINESS GATES|NODE SELECTOR|LAST SEEN|FIRST SEEN|SECURITY IDENTITY|ENDPOINT STATE|EGRESS ENFORCEMENT|INGRESS ENFORCEMENT|VISIBILITY POLICY)\b/;

/** Quote marks of mail and markdown, and the indentation, that a paste puts in front of every line. */
export function unquoted(line: string): string {
  return line.replace(/^[\s>]+/, '').trimEnd();
}

/** The headings of a line: words of capitals with at least two blanks between, or one blank in a squeezed paste. */
export function headingsOf(line: string): readonly Heading[] | undefined {
  if (!/^[A-Z]/.test(line) || line.length > 600) return undefined;
  const wide = / {2,}|\t/.test(line);
  const found: Heading[] = [];
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const name = wide ? /^\S+(?: \S+)*/.exec(rest)?.[0] : (TWO_WORDS.exec(rest)?.[0] ?? /^\S+/.exec(rest)?.[0]);
    if (name === undefined) return undefined;
    // READY and RESTARTS, PORT(S), CLUSTER-IP, CLUSTER_IP, PODCIDR.
    if (!/^[A-Z][A-Z0-9()_./ -]*$/.test(name)) return undefined;
    found.push({ name, at });
    at += name.length;
    while (line[at] === ' ' || line[at] === '\t') at++;
  }
  return found.length < 2 ? undefined : found;
}

/** The cells of a row by heading; empty cells are left out. Undefined when the row does not fit the headings. */
export function cellsOf(headings: readonly Heading[], line: string): ReadonlyMap<string, string> | undefined {
  const values = byPosition(headings, line) ?? byGap(headings, line);
  if (values === undefined) return undefined;
  const cells = new Map<string, string>();
  headings.forEach(({ name }, i) => {
    const value = values[i]?.trim();
    if (value !== undefined && value !== '') cells.set(name, value);
  });
  return cells;
}

function byPosition(headings: readonly Heading[], line: string): string[] | undefined {
  const blank = (at: number) => line[at] === ' ' || line[at] === '\t';
  const values: string[] = [];
  for (let i = 0; i < headings.length; i++) {
    const at = headings[i]!.at;
    const cell = line.slice(at, headings[i + 1]?.at ?? line.length);
    // A cell that runs over its column's end (kubectl get -w remembers widths) shifts all that follow.
    if (at > 0 && at < line.length && (!blank(at - 1) || (blank(at) && cell.trim() !== ''))) return undefined;
    values.push(cell);
  }
  return values;
}

function byGap(headings: readonly Heading[], line: string): string[] | undefined {
  const values = line.split(/ {2,}|\t+/);
  return values.length === headings.length ? values : undefined;
}
