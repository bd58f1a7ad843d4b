import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { page } from '../../src/cli/explain.js';
import { CAUSES, SYMPTOMS } from '../../src/core/catalogue.js';
import { CAUSE_CODES, SYMPTOM_CODES } from '../../src/core/code.js';
import { plain } from '../../src/report/style.js';

const explain = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['dist/cli/main.js', 'explain', ...args], { encoding: 'utf8' });

/** The page with its line breaks undone, so that a text can be looked for as a whole. */
const flat = (text: string): string => text.replace(/\s+/g, ' ');

/** Lines beyond 100 columns, but for commands, which stay whole. */
const tooLong = (text: string): string[] =>
  text.split('\n').filter((line) => line.length > 100 && !line.startsWith('    '));

/** A word with a hyphen that could be a code: `lost-between-captures`. */
const mentioned = (text: string): string[] => text.match(/\b[a-z]+(?:-[a-z]+)+\b/g) ?? [];

describe('podtrail explain', () => {
  it('lists every code, each with what it says', () => {
    const { status, stdout, stderr } = explain();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const code of [...SYMPTOM_CODES, ...CAUSE_CODES]) expect(stdout).toMatch(new RegExp(`^  ${code} +[A-Z]`, 'm'));
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('prints a page through the command', () => {
    const { status, stdout } = explain('unreplied-syn');
    expect({ status, stdout }).toEqual({ status: 0, stdout: page('unreplied-syn', { width: 100, style: plain }) });
  });

  it.each(SYMPTOM_CODES)('has a whole page on %s', (code) => {
    const stdout = page(code, { width: 100, style: plain });
    const { says, physics, innocent, next } = SYMPTOMS[code];
    expect(tooLong(stdout)).toEqual([]);
    for (const heading of ['What it says', 'Why it happens', 'When it is harmless', 'What to look at next'])
      expect(stdout).toContain(`\n${heading}\n  `);
    for (const text of [says, physics, innocent, ...next.map((step) => step.why)]) {
      expect(text.length).toBeGreaterThan(20);
      expect(flat(stdout)).toContain(text);
    }
    expect(next.length).toBeLessThanOrEqual(3);
    for (const { command } of next) expect(stdout).toContain(`\n    ${command}\n`);
  });

  it.each(CAUSE_CODES)('has a whole page on %s', (code) => {
    const stdout = page(code, { width: 100, style: plain });
    const { says, physics, proof, instead, fix } = CAUSES[code];
    expect(tooLong(stdout)).toEqual([]);
    for (const heading of [
      'What it says',
      'Why that stops packets',
      'What proves it',
      'What looks alike',
      'What to do',
    ])
      expect(stdout).toContain(`\n${heading}\n  `);
    for (const text of [says, physics, proof, instead, fix.words]) {
      expect(text.length).toBeGreaterThan(20);
      expect(flat(stdout)).toContain(text);
    }
    for (const command of fix.commands) expect(stdout).toContain(`\n    ${command}\n`);
  });

  it('sends the reader only to codes that exist', () => {
    const codes: readonly string[] = [...SYMPTOM_CODES, ...CAUSE_CODES];
    const families = new Set(codes.map((code) => code.split('-').slice(0, 2).join('-')));
    const texts = Object.values(CAUSES).map((text) => text.instead);
    const wrong = texts
      .flatMap(mentioned)
      .filter((word) => families.has(word.split('-').slice(0, 2).join('-')) && !codes.includes(word));
    expect(wrong).toEqual([]);
  });

  it('takes a code in capitals and with blanks around it', () => {
    expect(explain(' Unreplied-SYN ').stdout).toBe(explain('unreplied-syn').stdout);
  });

  it('writes no colour and no escape where it is no terminal', () => {
    expect(explain().stdout + explain('mtu-blackhole').stdout).not.toContain('\u001b');
  });

  it('is a usage error for a code that does not exist, with the nearest ones', () => {
    for (const [typed, meant] of [
      ['unreplied-sin', 'unreplied-syn'],
      ['blakhole-rout', 'blackhole-route'],
      ['snat', 'unsnatted-source'],
    ] as const) {
      const { status, stdout, stderr } = explain(typed);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(`there is no code ${typed}; did you mean ${meant}`);
    }
    const nonsense = explain('\u001b[31mqq');
    expect(nonsense.status).toBe(2);
    expect(nonsense.stderr).not.toContain('\u001b');
    expect(nonsense.stderr).not.toContain('did you mean');
  });
});
