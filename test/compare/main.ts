import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative, sep } from 'node:path';
import { tsharkMissing } from '../decode/tshark.js';
import { filesBelow } from './capture-files.js';
import { compareFile, type FileResult } from './compare-file.js';
import { linesOf, tableOf } from './report.js';

const USAGE = 'which folder? npm run compare -- --help\n';

/** Options of the command, as they were given. */
export interface Options {
  /** Not only to the first file with a difference. */
  readonly 'keep-going'?: boolean;
  /** Where the results of all files are written. */
  readonly json?: string;
  /** Files at a time. */
  readonly jobs?: string;
}

/** The command: exit status 0 nothing unexplained, 1 something, 2 cannot run. */
export async function main(positionals: readonly string[], values: Options): Promise<number> {
  const [folder] = positionals;
  const missing = tsharkMissing();
  if (folder === undefined || positionals.length !== 1 || missing !== undefined) {
    process.stderr.write(missing === undefined ? USAGE : `${missing}\n`);
    return 2;
  }
  const files = filesBelow(folder);
  const results: FileResult[] = [];
  let next = 0;
  let stopped = false;
  const worker = async () => {
    while (next < files.length && !stopped) {
      const file = files[next++]!;
      const result = { ...(await compareFile(file)), file: relative(folder, file).split(sep).join('/') };
      results.push(result);
      for (const line of linesOf(result)) process.stdout.write(`${line}\n`);
      if (result.unexplainedFrames > 0 && values['keep-going'] !== true) stopped = true;
      if (results.length % 50 === 0) process.stderr.write(`${results.length} of ${files.length} files\n`);
    }
  };
  const jobs = Math.max(1, Number(values.jobs ?? availableParallelism()) || 1);
  await Promise.all(Array.from({ length: jobs }, worker));
  results.sort((a, b) => (a.file < b.file ? -1 : 1));
  process.stdout.write(`\n${tableOf(results)}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
  return results.some((result) => result.unexplainedFrames > 0) ? 1 : 0;
}
