/** A command as a whole process: how long it takes, and how much memory it has at once. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const TIME = '/usr/bin/time';
/** GNU time starts the command itself, so that its peak memory is not mixed with this process's. */
export const timed = existsSync(TIME);

/** One run: seconds, the peak of resident memory in MB where it can be known, and whether it failed. `report` is a file to write to. */
export function measure([command, ...rest], report) {
  const [program, args] = timed ? [TIME, ['-f', '%M', '-o', report, command, ...rest]] : [command, rest];
  const before = process.hrtime.bigint();
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  const failed = error !== undefined || status !== 0;
  const memory = timed ? Number(readFileSync(report, 'utf8').trim().split('\n').at(-1)) / 1024 : undefined;
  return { seconds, memory, failed };
}
