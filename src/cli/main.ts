#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { Failure } from '../core/failure.js';
import { VERSION } from '../core/version.js';
import { addAnalyze } from './analyze.js';
import { addBatch } from './batch.js';
import { addExplain } from './explain.js';
import { addFormats } from './formats.js';
import { addQuery } from './query.js';
import { addServe } from './serve.js';
import { addTicket } from './ticket.js';
import { addTrace } from './trace.js';

/** A closed pipe (`| head`) is a normal end, not an error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const program = new Command('podtrail')
  .description(
    'Reads a Kubernetes network support bundle offline and says what is wrong, with the lines and frames that show it.',
  )
  .version(VERSION)
  .showHelpAfterError('(podtrail --help shows all commands)')
  .exitOverride();

addAnalyze(program);
addBatch(program);
addServe(program);
addTrace(program);
addTicket(program);
addQuery(program);
addExplain(program);
addFormats(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof Failure) {
    process.stderr.write(`podtrail: ${error.message}\n`);
    process.exitCode = error.status;
  } else {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`podtrail: unexpected failure, please report it: ${why}\n`);
    if (process.env['PODTRAIL_DEBUG'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  }
}
