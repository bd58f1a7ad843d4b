import { Command, CommanderError } from 'commander';
import { Failure } from '../core/failure.js';
import { VERSION } from '../core/version.js';
import { wordTable } from '../core/word-table.js';

/** The machine said no (disk full, no permission, no such folder): its words tell which file, and it is no bug. */
const isRefusal = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'errno' in error;

/** Each loads only what it needs: who asks for one should not wait for the others. All are known to --help. */
const COMMANDS = wordTable<() => Promise<(program: Command) => void>>({
  analyze: async () => (await import('./analyze.js')).addAnalyze,
  batch: async () => (await import('./batch.js')).addBatch,
  serve: async () => (await import('./serve.js')).addServe,
  trace: async () => (await import('./trace.js')).addTrace,
  ticket: async () => (await import('./ticket.js')).addTicket,
  query: async () => (await import('./query.js')).addQuery,
  explain: async () => (await import('./explain.js')).addExplain,
  formats: async () => (await import('./formats.js')).addFormats,
});

/** Runs a command. Its exit status is left in `process.exitCode`: 0 done, 1 as `--fail-on` asked, 2 could not be done. */
export async function main(argv: readonly string[]): Promise<void> {
  /** A closed pipe (`| head`) is a normal end, not an error. A full disk behind it is one. */
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`podtrail: cannot write to standard output: ${error.message}\n`);
    process.exit(2);
  });
  /** Where nobody reads messages, they are lost; the exit status stays. */
  process.stderr.on('error', () => undefined);

  const program = new Command('podtrail')
    .description(
      'Reads a Kubernetes network support bundle offline and says what is wrong, with the lines and frames that show it.',
    )
    .version(VERSION)
    .showHelpAfterError('(podtrail --help shows all commands)')
    .exitOverride();

  const named = argv[2];
  const wanted = named !== undefined && named in COMMANDS ? [named] : Object.keys(COMMANDS);
  for (const name of wanted) (await COMMANDS[name]!())(program);

  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else if (error instanceof Failure) {
      process.stderr.write(`podtrail: ${error.message}\n`);
      process.exitCode = error.status;
    } else if (isRefusal(error)) {
      process.stderr.write(`podtrail: ${error.message}\n`);
      process.exitCode = 2;
    } else {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(`podtrail: unexpected failure, please report it: ${why}\n`);
      if (process.env['PODTRAIL_DEBUG'] !== undefined && error instanceof Error)
        process.stderr.write(`${error.stack}\n`);
      process.exitCode = 2;
    }
  }
}
