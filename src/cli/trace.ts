import { type Command, InvalidArgumentError, Option } from 'commander';
import { NothingRead } from '../analyze.js';
import { harmlessJson, printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import { renderTrace } from '../report/trace-text.js';
import { trace } from '../trace.js';
import { ProgressBar } from './progress.js';
import { styleFor, widthOf } from './terminal.js';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly proto: 'tcp' | 'udp' | 'icmp';
  readonly length?: number;
  readonly format: 'text' | 'json';
  readonly inventory?: string;
  readonly all?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
    return value;
  };

export function addTrace(program: Command): void {
  program
    .command('trace')
    .description(
      'Walk one packet through the network that the bundle describes: where it goes, which line decides it, what was seen.',
    )
    .argument('<path...>', 'archive, folder or file; several are read as one bundle')
    .requiredOption('--from <name>', 'address, pod or node that sends')
    .requiredOption('--to <name>', 'address, pod, node or service that is sent to')
    .option('--port <number>', 'destination port', whole(1, 65535))
    .addOption(new Option('--proto <protocol>', 'protocol').choices(['tcp', 'udp', 'icmp']).default('tcp'))
    .option('--length <bytes>', 'length of the IP packet, to find where it is too big', whole(28, 65535))
    .addOption(new Option('-f, --format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .option('--inventory <csv>', 'nodes that the bundle does not list: columns name, addresses, podCIDR')
    .option('--all', 'every way in full, also those that end alike')
    .option('--no-color', 'no colours, even on a terminal')
    .option('-q, --quiet', 'no progress')
    .action(async (paths: string[], options: Options) => run(paths, options));
}

async function run(paths: readonly string[], options: Options): Promise<void> {
  const progress = new ProgressBar(process.stderr, paths, options.quiet !== true);
  try {
    const result = await trace(paths, options, {
      inventory: options.inventory,
      onProgress: (p) => progress.show(p),
    });
    progress.clear();
    process.stdout.write(
      options.format === 'json'
        ? `${harmlessJson(result, 2)}\n`
        : renderTrace(result, {
            style: styleFor(process.stdout.isTTY === true && options.color),
            width: widthOf(process.stdout),
            all: options.all === true,
          }),
    );
  } catch (error) {
    progress.clear();
    if (error instanceof NothingRead) throw new Failure(printable(error.message));
    throw error;
  }
}
