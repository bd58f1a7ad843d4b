import type { FileResult } from './compare-file.js';

/** What a file's result has to say, a line each: damage, other formats, and every frame that nobody explains. */
export function linesOf(result: FileResult): string[] {
  const lines: string[] = [];
  if (result.state !== 'whole') {
    lines.push(`${result.file}: ${result.state}: ${result.ours.join('; ')} | ${result.theirs.join('; ') || 'nothing'}`);
  }
  for (const { frame, stack, differences } of result.unexplained) {
    const words = differences.map((d) => `${d.field}: ${d.ours} ${d.theirs ?? 'none'}`);
    lines.push(`${result.file}: frame ${frame}: ${stack} ${words.join(', ')}`);
  }
  const left = result.unexplainedFrames - result.unexplained.length;
  if (left > 0) lines.push(`${result.file}: and ${left} frames more`);
  return lines;
}

/** One row of counts for each collection, the first folder of a file's path. */
export interface Counts {
  files: number;
  broken: number;
  foreign: number;
  frames: number;
  agreed: number;
  otherLinks: number;
  explained: Record<string, number>;
  unexplained: number;
}

export function countsOf(results: readonly FileResult[]): Counts {
  const explained: Record<string, number> = {};
  for (const result of results) {
    for (const [rule, n] of Object.entries(result.explained)) explained[rule] = (explained[rule] ?? 0) + n;
  }
  const sum = (of: (result: FileResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return {
    files: results.length,
    broken: sum((r) => (r.state === 'broken' ? 1 : 0)),
    foreign: sum((r) => (r.state === 'foreign' ? 1 : 0)),
    frames: sum((r) => r.frames),
    agreed: sum((r) => r.agreed),
    otherLinks: sum((r) => r.otherLinks),
    explained,
    unexplained: sum((r) => r.unexplainedFrames),
  };
}

/** The counts of each collection and of all, then the explained frames by rule, as Markdown tables. */
export function tableOf(results: readonly FileResult[]): string {
  const collection = (result: FileResult) => (result.file.includes('/') ? result.file.split('/')[0]! : '.');
  const names = [...new Set(results.map(collection))];
  const rows = names.map((name) => [name, countsOf(results.filter((result) => collection(result) === name))] as const);
  const all = countsOf(results);
  const cells = [...rows, ['all', all] as const].map(([name, c]) => {
    const explained = Object.values(c.explained).reduce((a, b) => a + b, 0);
    const numbers = [c.files, c.broken, c.foreign, c.frames, c.agreed, explained, c.otherLinks, c.unexplained];
    return `| ${name} | ${numbers.join(' | ')} |\n`;
  });
  const rules = Object.entries(all.explained).sort((a, b) => b[1] - a[1]);
  return (
    '| collection | files | damaged | other formats | frames | agree | explained | other links | unexplained |\n' +
    `|---|--:|--:|--:|--:|--:|--:|--:|--:|\n${cells.join('')}\n` +
    `| explained by | frames |\n|---|--:|\n${rules.map(([rule, n]) => `| ${rule} | ${n} |\n`).join('')}`
  );
}
