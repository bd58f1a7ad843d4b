import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import { redactionOf } from '../redact/redact-report.js';
import { attach, commentBlocks, type Delivery, deliveryOf } from '../ticket/attach.js';
import { connect } from '../ticket/connect.js';
import { credentialsFor } from '../ticket/credentials.js';
import { markText } from '../ticket/marker.js';
import { type Place, placeOf, SYSTEMS, type SystemName } from '../ticket/place.js';
import { isPrivateHost } from '../ticket/privacy.js';
import { readReport } from '../ticket/read-report.js';
import type { RedmineMarkup } from '../ticket/redmine.js';
import type { TicketSystem } from '../ticket/system.js';
import { makeLogger } from './log.js';

interface Options {
  readonly to: string;
  readonly system?: SystemName;
  readonly evidence?: string;
  readonly redact?: boolean;
  readonly credentials?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly markup: RedmineMarkup;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel: string;
}

const HELP = `
The token comes from the environment (PODTRAIL_TICKET_TOKEN, or REDMINE_API_KEY, RT_TOKEN, JIRA_API_TOKEN, GITHUB_TOKEN,
GITLAB_TOKEN) or from a file that only you may read (token=..., and user=... for Jira Cloud, or PODTRAIL_TICKET_USER).
Exit status: 0 done or nothing to do; 1 the ticket system refused or could not be reached, or a file was too large for it; 2 wrong usage.`;

export function addTicket(program: Command): void {
  const ticket = program.command('ticket').description('Bring a report to a ticket.');
  ticket
    .command('attach')
    .description(
      'Comment an existing ticket with the summary, and attach the HTML report and evidence. Does nothing when the same report is there.',
    )
    .argument('<report>', 'report as JSON, from analyze --format json')
    .requiredOption('--to <url>', "the ticket's address, as a browser shows it")
    .addOption(new Option('--system <name>', 'ticket system, when the address does not tell').choices([...SYSTEMS]))
    .option('--evidence <folder>', 'attach the files of a folder that analyze --evidence wrote')
    .option('--redact', 'replace addresses and names; subnets, kinds and roles stay')
    .option('--credentials <file>', 'file with the token, instead of the environment')
    .option('--dry-run', 'print what would be sent, and send nothing')
    .option('--yes', 'agree to send real addresses and names to a host that is not private')
    .addOption(
      new Option('--markup <kind>', 'how this Redmine formats texts')
        .choices(['markdown', 'textile'])
        .default('markdown'),
    )
    .option('-q, --quiet', 'no log')
    .option('-v, --verbose', 'log each request')
    .addOption(
      new Option('--log-level <level>', 'level of the log on standard error')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn'),
    )
    .addHelpText('after', HELP)
    .action(async (report: string, options: Options) => run(report, options));
}

async function run(file: string, options: Options): Promise<void> {
  const log = makeLogger(options);
  const place = placeOf(options.to, options.system);
  const { report: read, lost } = readReport(file);
  if (lost.length > 0)
    process.stderr.write(
      `podtrail: ${printable(file)} is from another version of podtrail; its page comes without ${lost.join(', ')}. Analyse the bundle again for all of it.\n`,
    );
  const redaction = options.redact === true && read.redacted !== true ? redactionOf(read) : undefined;
  const delivery = deliveryOf(read, options.evidence, redaction);
  if (options.dryRun === true) {
    // No token is needed to see what would be sent.
    const system = connect(place, { token: 'none', user: 'none' }, { markup: options.markup });
    process.stdout.write(plan(system, delivery));
    return;
  }
  const credentials = credentialsFor(place.system, options.credentials, process.env);
  if (delivery.report.redacted !== true) await agree(place, options.yes === true);
  if (place.base.startsWith('http:')) log.info({ host: new URL(place.base).host }, 'the token goes unencrypted');
  const system = connect(place, credentials, {
    markup: options.markup,
    told: ({ method, url, status, ms }) => log.info({ method, url, status, ms }, 'asked'),
  });
  const outcome = await attach(system, delivery);
  if (outcome.kind === 'unchanged') {
    process.stdout.write(`${system.where} has this report already; nothing was added.\n`);
    return;
  }
  process.stdout.write(
    `${system.where}: comment ${outcome.kind}${system.attachments === 'files' ? `, ${delivery.files.length - outcome.refused.length} of ${delivery.files.length} files attached` : ''}.\n`,
  );
  for (const refused of outcome.refused) process.stderr.write(`podtrail: not attached: ${printable(refused)}\n`);
  if (outcome.refused.length > 0) process.exitCode = 1;
}

/** Asks before real addresses and names go to a host that others run; fails when nobody can be asked. */
async function agree(place: Place, yes: boolean): Promise<void> {
  const { hostname } = new URL(place.base);
  if (yes || (await isPrivateHost(hostname))) return;
  const says = `${hostname} is not a private host, and the report holds real addresses and names`;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new Failure(`${says}: add --redact, or --yes if that is right. Nothing was sent`);
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await question.question(`${says}. Send it? (--redact replaces them) [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new Failure('nothing was sent', 1);
  } finally {
    question.close();
  }
}

/** What would be sent, for people. */
function plan(system: TicketSystem, delivery: Delivery): string {
  const attached = delivery.files.map(({ name }) => ({ name, handle: `/uploads/${'0'.repeat(32)}/${name}` }));
  const blocks = commentBlocks(system, delivery, { attached: system.attachments === 'files' ? attached : [] });
  return [
    `Would comment ${system.where}:`,
    ...system.calls.map((call) => `  ${call}`),
    '',
    ...(system.attachments === 'files'
      ? ['Files:', ...delivery.files.map(({ name, bytes }) => `  ${name} (${bytes.length} bytes)`), '']
      : []),
    'Comment:',
    '',
    system.write(blocks, markText(delivery.mark)),
    '',
    'Nothing was sent.',
    '',
  ].join('\n');
}
