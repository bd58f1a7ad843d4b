import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Failure } from '../core/failure.js';
import { VERSION } from '../core/version.js';
import { isLoopback } from '../web/access/origin.js';
import { makeLogger } from './log.js';
import { atLeast, parseSize } from './quantity.js';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly maxUpload: number;
  readonly token?: string;
  readonly retention?: number;
  readonly keepUploads?: boolean;
  readonly jobs: number;
  readonly memory: number;
  readonly timeLimit: number;
  readonly logLevel: string;
}

/** XDG Base Directory: what a program keeps for its user. */
const DATA_DIR = join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'podtrail');
const SHORT_TOKEN = 16;

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('A page to drop bundles on, with a queue, reports and an HTTP API (/api/openapi.json).')
    .option('--host <address>', 'address to listen on; all but loopback need --token', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', parsePort, 8080)
    .option('--data-dir <dir>', 'where uploads and reports are kept', DATA_DIR)
    .addOption(
      new Option('--max-upload <size>', 'largest bundle taken, such as 500M').argParser(parseSize).default(4e9, '4G'),
    )
    .addOption(new Option('--token <token>', 'asked of everybody; better set as PODTRAIL_TOKEN').env('PODTRAIL_TOKEN'))
    .option('--retention <days>', 'delete reports that are older', parseDays)
    .option('--keep-uploads', 'keep bundles after their analysis; else only the report and its evidence stay')
    .addOption(
      new Option('-j, --jobs <n>', 'analyses at once')
        .argParser(atLeast(1))
        .default(availableParallelism(), 'one per core'),
    )
    .addOption(new Option('--memory <mb>', 'most memory of one analysis').argParser(atLeast(64)).default(2000))
    .addOption(new Option('--time-limit <s>', 'most seconds for one analysis').argParser(atLeast(1)).default(3600))
    .addOption(
      new Option('--log-level <level>', 'level of the log on standard error')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn'),
    )
    .action(async (options: Options) => run(options));
}

async function run(options: Options): Promise<void> {
  const { host, port, token } = options;
  if (token === '') throw new Failure('the token is empty');
  if (token === undefined && !isLoopback(host))
    throw new Failure(
      `${host} can be reached from other machines, so --token is needed: podtrail serve --host ${host} --token "$(openssl rand -hex 16)"`,
    );
  // Loaded here, so that no other command waits for a web server to load.
  const { openHouse } = await import('../web/open.js');
  const { buildServer } = await import('../web/server.js');
  const log = makeLogger(options);
  const dataDir = resolve(options.dataDir);
  const { house, close } = await openHouse({
    dataDir,
    token,
    maxUpload: options.maxUpload,
    keepUploads: options.keepUploads === true,
    retentionDays: options.retention,
    workers: options.jobs,
    memoryMb: options.memory,
    seconds: options.timeLimit,
    onTrouble: (id, why) => log.error({ id }, why),
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === undefined ? error : new Failure(`cannot use ${dataDir}: ${error.message}`);
  });
  // Heard from now on: whoever reads that it listens may end it at once.
  const ended = new Promise<void>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end());
  });
  const app = await buildServer(house, VERSION, (error) => log.error(error));
  let address: string;
  try {
    address = await app.listen({ host, port });
  } catch (error) {
    await close();
    throw new Failure(
      `cannot listen on ${host} port ${port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (token !== undefined && token.length < SHORT_TOKEN)
    process.stderr.write(`podtrail: the token is short; ${SHORT_TOKEN} or more random characters are hard to guess\n`);
  process.stderr.write(`podtrail: listening on ${address}/ (reports in ${dataDir}; Ctrl-C ends)\n`);
  await ended;
  await app.close();
  await close();
  process.exit(0);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('a number from 0 to 65535');
  return port;
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!(days > 0) || !Number.isFinite(days)) throw new InvalidArgumentError('a number of days, such as 30');
  return days;
}
