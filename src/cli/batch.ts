import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { type Command, Option } from 'commander';
import type { About } from '../analyze.js';
import { findIncidents } from '../batch/find.js';
import { INDEX, type Row } from '../batch/ledger.js';
import { runBatch } from '../batch/run.js';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import { SEVERITIES, type Severity } from '../core/finding.js';
import { parseAbout } from './about.js';
import { BatchProgress } from './batch-progress.js';
import { makeLogger } from './log.js';
import { atLeast } from './quantity.js';
import { styleFor } from './terminal.js';

interface Options {
  readonly outputDir: string;
  readonly jobs: number;
  readonly memory: number;
  readonly timeLimit: number;
  readonly list?: string;
  readonly merge?: boolean;
  readonly resume?: boolean;
  readonly about?: About;
  readonly failOn?: Severity;
  readonly redact?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel: string;
}

/** Each ends a batch after what is finished was kept. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function addBatch(program: Command): void {
  program
    .command('batch')
    .description(
      'Analyse many bundles at once: each gives a JSON, HTML and Markdown report, and all together an index.',
    )
    .argument('[path...]', 'bundles, folders that hold bundles, or patterns such as "tickets/*.tgz"')
    .requiredOption('-o, --output-dir <dir>', 'where the reports go, with index.jsonl and index.html')
    .option('--list <file>', 'read more paths from a file, one a line; - for standard input')
    .option('--merge', 'the bundles of one folder belong to one incident (one bundle per node) and give one report')
    .option('--resume', 'skip bundles that are done and unchanged')
    .addOption(
      new Option('-j, --jobs <n>', 'bundles at once')
        .argParser(atLeast(1))
        .default(availableParallelism(), 'one per core'),
    )
    .addOption(new Option('--memory <mb>', 'most memory of one analysis').argParser(atLeast(64)).default(2000))
    .addOption(new Option('--time-limit <s>', 'most seconds for one analysis').argParser(atLeast(1)).default(3600))
    .option(
      '--about <complaint>',
      "rank by the ticket's complaint: 'POD|ADDRESS -> POD|SERVICE|ADDRESS[:PORT]'",
      parseAbout,
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with status 1 when a finding is at least this severe').choices([
        ...SEVERITIES,
      ]),
    )
    .option('--redact', 'replace addresses and names in the reports; subnets, kinds and roles stay')
    .option('--no-color', 'no colours, even on a terminal')
    .option('-q, --quiet', 'no progress, no log')
    .option('-v, --verbose', 'log each bundle')
    .addOption(
      new Option('--log-level <level>', 'level of the log on standard error')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn'),
    )
    .action(async (paths: string[], options: Options) => run(paths, options));
}

/** Paths of a list: one a line, empty lines and comments left out. */
function listed(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Failure(`cannot read the list ${printable(file)}: ${(error as Error).message}`);
  }
  return text.split(/\r?\n|\0/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const log = makeLogger(options);
  const all = [...paths, ...(options.list === undefined ? [] : listed(options.list))];
  if (all.length === 0) throw new Failure('name bundles or folders, or give a --list');
  const { incidents, skipped } = await findIncidents(all, {
    outputDir: options.outputDir,
    merge: options.merge === true,
  });
  if (incidents.length === 0)
    throw new Failure(
      `no archive or capture in ${all.map(printable).join(', ')} (${filesWord(skipped)} of other kinds)`,
    );
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const signal of STOPS) process.once(signal, interrupt);
  const progress = new BatchProgress(process.stderr, incidents.length, options.quiet !== true);
  try {
    const { rows, kept } = await runBatch(incidents, {
      outputDir: options.outputDir,
      jobs: options.jobs,
      memoryMb: options.memory,
      seconds: options.timeLimit,
      resume: options.resume === true,
      about: options.about,
      redact: options.redact === true,
      signal: stop.signal,
      onStart: (file) => progress.started(file),
      onProgress: () => progress.tick(),
      onRow: (row) => {
        progress.finished(row);
        log.info({ file: row.file, state: row.state, cause: row.cause, seconds: row.seconds }, 'done');
      },
    });
    progress.clear();
    const style = styleFor(process.stdout.isTTY === true && options.color);
    process.stdout.write(
      summary(rows, { kept, skipped, of: incidents.length, outputDir: options.outputDir }, style.bold),
    );
    if (stop.signal.aborted) {
      const left = incidents.length - rows.length;
      process.stderr.write(
        `podtrail: stopped; ${left} of ${incidents.length} not done; the same command with --resume goes on\n`,
      );
      process.exitCode = 130;
    } else process.exitCode = statusOf(rows, options.failOn);
  } finally {
    progress.clear();
    for (const signal of STOPS) process.removeListener(signal, interrupt);
  }
}

/** 2 only when nothing could be analysed. */
function statusOf(rows: readonly Row[], failOn: Severity | undefined): number {
  if (rows.every(({ state }) => state === 'failed')) return 2;
  if (failOn === undefined) return 0;
  const grave = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1);
  return rows.some(({ findings }) => grave.some((severity) => (findings?.[severity] ?? 0) > 0)) ? 1 : 0;
}

const filesWord = (n: number): string => `${n} file${n === 1 ? '' : 's'}`;

interface Counts {
  readonly kept: number;
  readonly skipped: number;
  readonly of: number;
  readonly outputDir: string;
}

/** What a row is counted under. */
const groupOf = ({ state, cause }: Row): string => cause ?? state;

/** Causes with their bundles, most frequent first; then what failed and why; then where the reports are. */
function summary(
  rows: readonly Row[],
  { kept, skipped, of, outputDir }: Counts,
  bold: (text: string) => string,
): string {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(groupOf(row), [...(groups.get(groupOf(row)) ?? []), row]);
  const failed = groups.get('failed') ?? [];
  const out = [bold(`${rows.length - failed.length} of ${of} bundle${of === 1 ? '' : 's'} analysed`)];
  const sorted = [...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  for (const [group, members] of sorted) {
    if (group === 'failed') continue;
    out.push(`  ${String(members.length).padStart(4)}  ${group}`);
  }
  if (failed.length > 0) {
    out.push(bold(`${failed.length} failed`));
    for (const row of failed) out.push(`  ${printable(row.file)}: ${printable(row.summary)}`);
  }
  if (kept > 0) out.push(`${kept} unchanged since the last time, kept as they are.`);
  if (skipped > 0) out.push(`${filesWord(skipped)} passed over: no archive and no capture.`);
  out.push(`Reports: ${printable(relative('', outputDir) || '.')} (${INDEX}, index.html)`);
  return `${out.join('\n')}\n`;
}
