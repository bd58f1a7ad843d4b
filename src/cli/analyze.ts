import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type About, analyze, NothingRead, type Window } from '../analyze.js';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import { type Report, SEVERITIES, type Severity } from '../core/finding.js';
import { claimFolder, refuseStreams } from '../evidence/folder.js';
import { writeEvidence } from '../evidence/write.js';
import { type Redaction, redactionOf } from '../redact/redact-report.js';
import { FORMATS, type Format, renderAs } from '../report/formats.js';
import { renderText } from '../report/text.js';
import { parseAbout } from './about.js';
import { makeLogger } from './log.js';
import { ProgressBar } from './progress.js';
import { styleFor, widthOf } from './terminal.js';

interface Options {
  readonly format: Format;
  readonly output?: string;
  readonly store?: string;
  readonly evidence?: string;
  readonly failOn?: Severity;
  readonly about?: About;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly inventory?: string;
  readonly redact?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel: string;
}

/** A point in time as the user gave it. */
interface Moment {
  readonly ns: bigint;
  readonly daily: boolean;
}

/** `HH:MM[:SS]` (any day) or ISO 8601; without a zone it is taken as UTC, like the times of the report. */
function parseMoment(text: string): Moment {
  const daily = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (daily !== null) {
    return {
      ns: BigInt(Number(daily[1]) * 3600 + Number(daily[2]) * 60 + Number(daily[3] ?? 0)) * 1_000_000_000n,
      daily: true,
    };
  }
  const ms = Date.parse(
    /[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}${text.includes(':') ? 'Z' : ''}`,
  );
  if (Number.isNaN(ms)) throw new InvalidArgumentError('write it as 2026-01-31T14:05:00Z or as 14:05');
  return { ns: BigInt(ms) * 1_000_000n, daily: false };
}

function windowOf({ since, until }: Options): Window | undefined {
  if (since === undefined && until === undefined) return undefined;
  return { since: since?.ns, until: until?.ns, daily: since?.daily === true || until?.daily === true };
}

export function addAnalyze(program: Command): void {
  program
    .command('analyze')
    .description(
      'Say what is wrong in a support bundle: an archive, a folder, a capture or any text; - for standard input.',
    )
    .argument('<path...>', 'archive, folder or file; several are read as one bundle')
    .addOption(new Option('-f, --format <format>', 'how to print the report').choices([...FORMATS]).default('text'))
    .option('-o, --output <file>', 'write the report to a file instead of standard output')
    .option('--store <file>', 'keep the event store for `podtrail query`')
    .option(
      '--evidence <folder>',
      'also write the cited packets (pcapng) and lines to a new folder, for a ticket; reads files and folders a second time, so not standard input',
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with status 1 when a finding is at least this severe').choices([
        ...SEVERITIES,
      ]),
    )
    .option(
      '--about <complaint>',
      "rank by the ticket's complaint: 'POD|ADDRESS -> POD|SERVICE|ADDRESS[:PORT]'",
      parseAbout,
    )
    .option('--since <time>', 'only findings after this time: ISO 8601 or HH:MM', parseMoment)
    .option('--until <time>', 'only findings before this time', parseMoment)
    .option('--inventory <csv>', 'nodes that the bundle does not list: columns name, addresses, podCIDR')
    .option('--redact', 'replace addresses and names; subnets, kinds and roles stay')
    .option('--no-color', 'no colours, even on a terminal')
    .option('-q, --quiet', 'no progress, no log')
    .option('-v, --verbose', 'log what is read')
    .addOption(
      new Option('--log-level <level>', 'level of the log on standard error')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn'),
    )
    .action(async (paths: string[], options: Options) => run(paths, options));
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const log = makeLogger(options);
  if (options.store !== undefined && existsSync(options.store))
    throw new Failure(`${options.store} exists already; give --store a new file, or remove it first`);
  if (options.evidence !== undefined) refuseStreams(paths);
  const folder = options.evidence === undefined ? undefined : await claimFolder(options.evidence);
  // Also on Ctrl-C.
  if (folder !== undefined) process.once('exit', folder.release);
  const progress = new ProgressBar(process.stderr, paths, options.quiet !== true);
  let report: Report;
  try {
    report = await analyze(paths, {
      store: options.store,
      about: options.about,
      window: windowOf(options),
      inventory: options.inventory,
      onProgress: (p) => {
        progress.show(p);
        if (p.file !== undefined) log.info({ file: p.file, packets: p.packets }, 'reading');
      },
    });
  } catch (error) {
    progress.clear();
    folder?.release();
    if (error instanceof NothingRead) throw new Failure(printable(error.message));
    throw error;
  }
  progress.clear();
  const toTerminal = options.output === undefined && process.stdout.isTTY === true;
  const redaction = options.redact === true ? redactionOf(report) : undefined;
  const text = render(redaction?.report ?? report, options, toTerminal);
  if (options.output === undefined) process.stdout.write(text);
  else {
    try {
      await writeFile(options.output, text);
    } catch (error) {
      throw new Failure(`cannot write ${options.output}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (options.evidence !== undefined) await saveEvidence(paths, report, options.evidence, redaction);
  if (
    options.failOn !== undefined &&
    report.findings.some((f) => SEVERITIES.indexOf(f.severity) <= SEVERITIES.indexOf(options.failOn!))
  ) {
    process.exitCode = 1;
  }
}

/** The report is out already: what goes wrong now is no usage error. */
async function saveEvidence(
  paths: readonly string[],
  report: Report,
  dir: string,
  redaction: Redaction | undefined,
): Promise<void> {
  try {
    await writeEvidence(paths, report, dir, { redaction });
  } catch (error) {
    throw new Failure(`no evidence in ${dir}: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
}

function render(report: Report, { format, color }: Options, toTerminal: boolean): string {
  if (format !== 'text') return renderAs(format, report);
  return renderText(report, styleFor(toTerminal && color), widthOf(toTerminal ? process.stdout : {}));
}
