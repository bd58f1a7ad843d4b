import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../core/failure.js';

/**
 * A process and when it began: numbers of processes are used again. Undefined when it has ended, also when nobody has waited for it
 * yet, as in a container whose first process does not.
 */
function identity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    // proc(5): field 3, the state, and 22, the start time; the second field may hold blanks and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return undefined;
    return `${pid} ${start} ${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  } catch {
    return String(pid);
  }
}

/**
 * Keeps a second server out of a folder. What a killed server left behind is taken over.
 * @returns what gives the folder free again
 */
export function lockFolder(dir: string): () => void {
  const path = join(dir, '.lock');
  const mine = identity(process.pid) ?? String(process.pid);
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readFileSync(path, 'utf8');
    const pid = Number.parseInt(holder, 10);
    if (pid !== process.pid && pid > 0 && identity(pid) === holder)
      throw new Failure(`${dir} is used by another podtrail serve (process ${pid}); give each its own --data-dir`);
    rmSync(path, { force: true });
  }
}
