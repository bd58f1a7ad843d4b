import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Report } from '../src/core/finding.js';

/** Writes a bundle into a fresh folder, has the built command analyse it with these options too, and removes it. */
export function reportByCommand(
  files: Readonly<Record<string, string | Buffer>>,
  ...options: readonly string[]
): Report {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-bundle-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    const typed = ['dist/cli/main.js', 'analyze', folder, '-f', 'json', '-q', ...options];
    return JSON.parse(execFileSync(process.execPath, typed, { encoding: 'utf8', maxBuffer: 64e6 })) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Codes of the causes that an engineer would be bothered with. */
export const accused = ({ findings }: Report): string[] =>
  findings.filter(({ kind, severity }) => kind === 'cause' && severity !== 'info').map(({ code }) => code);
