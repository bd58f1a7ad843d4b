import { spawnSync } from 'node:child_process';

/** A network namespace of its own for one test, with what it takes to ask its kernel. */
export class Namespace {
  readonly name: string;
  static #count = 0;

  constructor(prefix: string) {
    this.name = `${prefix}-${process.pid}-${Namespace.#count++}`;
    const made = spawnSync('ip', ['netns', 'add', this.name], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`ip netns add ${this.name}: ${made.stderr}`);
  }

  /** Runs one command line and gives what it printed; status and stderr for those who expect a refusal. */
  try(command: string): { readonly status: number; readonly stdout: string; readonly stderr: string } {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.name, 'sh', '-c', command], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    return { status: status ?? -1, stdout, stderr };
  }

  run(command: string): string {
    const { status, stdout, stderr } = this.try(command);
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  }

  /** Feeds lines to one process (`ip -force -batch -`), which goes on after a line that the kernel refuses. */
  feed(tool: string, lines: readonly string[]): { readonly stdout: string; readonly stderr: string } {
    const input = lines.map((line) => `${line}\n`).join('');
    return spawnSync('ip', ['netns', 'exec', this.name, ...tool.split(' ')], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
  }

  remove(): void {
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}

/** True where namespaces can be made. */
export const canMakeNamespaces = (): boolean => {
  if (process.getuid?.() !== 0) return false;
  const name = `podtrail-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0;
  spawnSync('ip', ['netns', 'del', name]);
  return made;
};
