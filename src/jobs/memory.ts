import { readFile } from 'node:fs/promises';

/** Resident memory of a process in MB (proc(5), `VmRSS`); undefined when it is gone or the system has no /proc. */
export async function residentMb(pid: number): Promise<number | undefined> {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}
