/** Emphasis, when the output is a terminal that wants it. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

const same = (text: string): string => text;

/** No emphasis: files, pipes, `--no-color`. */
export const plain: Style = { bold: same, dim: same, red: same, yellow: same };
