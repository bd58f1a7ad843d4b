import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { analyze } from '../src/analyze.js';
import type { Finding, Report } from '../src/core/finding.js';

/** Writes a bundle into a fresh folder, analyses it and removes it. */
export async function analyzed(files: Readonly<Record<string, string | Buffer>>): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-bundle-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    return await analyze([folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Findings that an engineer would be bothered with. */
export const serious = (report: Report): readonly Finding[] =>
  report.findings.filter((finding) => finding.severity !== 'info');

/** Codes of the symptoms among these, each once, in alphabetical order; of all of them where nothing is a symptom; `crashed CODE` for a check that threw. */
export const symptoms = (report: Report): string[] => [
  ...report.checks
    .filter((check) => check.outcome === 'crashed')
    .map((check) => `crashed ${check.code}: ${check.detail}`),
  ...[...new Set(shown(serious(report)).map((finding) => finding.code))].sort(),
];

/** A cause says why; where there is no symptom, it must not be there either. */
function shown(findings: readonly Finding[]): readonly Finding[] {
  const seen = findings.filter((finding) => finding.kind === 'symptom');
  return seen.length > 0 ? seen : findings;
}
