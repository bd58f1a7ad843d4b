import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { Reader } from './reader.js';

/** For one command on a busy machine. */
const PATIENCE = 600_000;
/** Stands for any lines of an output that are not shown. */
const CUT = '…';

interface Block {
  readonly language: string;
  /** Number of the first line inside, from 0. */
  readonly from: number;
  readonly lines: readonly string[];
}

function blocksOf(page: readonly string[]): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < page.length; i++) {
    const language = /^```(\w+)$/.exec(page[i]!)?.[1];
    if (language === undefined) continue;
    const end = page.indexOf('```', i + 1);
    blocks.push({ language, from: i + 1, lines: page.slice(i + 1, end) });
    i = end;
  }
  return blocks;
}

export interface Step {
  readonly command: string;
  /** The output shown: lines of the page, `from` to before `to`. */
  readonly shown?: { readonly from: number; readonly to: number } | undefined;
}

/** The commands of the page. Output stands in the block after its command, or beneath a `$ ` in the same block. */
function stepsOf(page: readonly string[]): Step[] {
  const blocks = blocksOf(page);
  return blocks.flatMap((block, i): Step[] => {
    if (block.language === 'text' && block.lines[0]?.startsWith('$ ') === true)
      return [
        {
          command: block.lines[0].slice(2),
          shown: { from: block.from + 1, to: block.from + block.lines.length },
        },
      ];
    // DuckDB's own shell is no part of this, and on few machines.
    if (block.language !== 'sh' || block.lines[0]!.startsWith('duckdb ')) return [];
    const next = blocks[i + 1];
    const between = page.slice(block.from + block.lines.length + 1, next?.from).filter((line) => line !== '');
    const output = next !== undefined && between.length === 1 && /^(?:text|json)$/.test(next.language);
    return [
      {
        command: block.lines.join('\n'),
        shown: output ? { from: next.from, to: next.from + next.lines.length } : undefined,
      },
    ];
  });
}

/** What is shown of a long output: what was shown of it before `…`, and its last line. */
function cutLike(shown: readonly string[], actual: readonly string[]): string[] {
  const at = shown.indexOf(CUT);
  if (at < 0) return [...actual];
  const tail = shown.length - at - 1;
  return [...actual.slice(0, at), CUT, ...actual.slice(actual.length - tail)];
}

/**
 * Tests that a page is true: each command that it shows is run as it stands, in its order, and must give the output shown
 * beneath. UPDATE_GOLDEN=1 writes the page's outputs anew, cut where they were cut. Gives the page's commands, and who
 * types them.
 */
export async function truePage(path: string): Promise<{ readonly steps: readonly Step[]; readonly reader: Reader }> {
  const reader = await Reader.sitDown();
  const page = readFileSync(path, 'utf8').split('\n');
  const steps = stepsOf(page);
  const fresh: { readonly from: number; readonly to: number; readonly lines: readonly string[] }[] = [];

  it.each(steps.map((step) => [step.command.replaceAll(/\s+/g, ' ').slice(0, 100), step] as const))(
    '%s',
    (_, step) => {
      const { stdout, stderr, status } = reader.type(step.command);
      if (step.shown === undefined) {
        expect(status, stderr).toBe(0);
        expect(stdout === '' && !/ >\/dev\/null|--parquet|--output/.test(step.command)).toBe(false);
        return;
      }
      const actual = (stdout + stderr).trimEnd().split('\n');
      const shown = page.slice(step.shown.from, step.shown.to);
      const wanted = cutLike(shown, actual).map((line) => line.trimEnd());
      if (process.env['UPDATE_GOLDEN'] === '1') fresh.push({ ...step.shown, lines: wanted });
      else expect(shown.map((line) => line.trimEnd())).toEqual(wanted);
    },
    PATIENCE,
  );

  afterAll(() => {
    reader.leave();
    if (fresh.length === 0) return;
    for (const { from, to, lines } of fresh.sort((a, b) => b.from - a.from)) page.splice(from, to - from, ...lines);
    writeFileSync(path, page.join('\n'));
  });
  return { steps, reader };
}
