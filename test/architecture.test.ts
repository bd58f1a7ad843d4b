import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAUSE_CODES } from '../src/core/code.js';

/**
 * The house has one direction: each room may import the rooms listed here and nothing else. Parsers never judge,
 * heuristics never see raw text, reports see only the result, and only a few rooms touch the machine.
 */
const MAY_IMPORT: Readonly<
  Record<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }>
> = {
  core: { rooms: [], packages: [] },
  intake: { rooms: ['core'], packages: ['node:', 'tar', 'yauzl', 'fzstd', 'xz-decompress'] },
  decode: { rooms: ['core'], packages: [] },
  parse: { rooms: ['core'], packages: ['yaml', 'csv-parse/sync'] },
  store: { rooms: ['core'], packages: ['node:', '@duckdb/'] },
  model: { rooms: ['core', 'store'], packages: [] },
  heuristics: { rooms: ['core', 'model'], packages: [] },
  diagnosis: { rooms: ['core', 'store', 'model', 'heuristics'], packages: [] },
  exhibits: { rooms: ['core', 'store', 'model', 'diagnosis'], packages: [] },
  evidence: { rooms: ['core', 'intake', 'decode', 'store', 'redact'], packages: ['node:'] },
  // Decode says what link types and tunnels look like.
  redact: { rooms: ['core', 'decode'], packages: [] },
  // The page's own hash, for its content security policy.
  report: { rooms: ['core'], packages: ['node:crypto'] },
  // The way through all rooms (analyze.ts, ingest.ts) and the public API (index.ts).
  '.': {
    rooms: [
      'core',
      'intake',
      'decode',
      'parse',
      'store',
      'model',
      'heuristics',
      'diagnosis',
      'evidence',
      'exhibits',
      'redact',
      'report',
    ],
    packages: [],
  },
  jobs: { rooms: ['.', 'core', 'evidence', 'redact', 'report'], packages: ['node:'] },
  batch: { rooms: ['.', 'core', 'intake', 'jobs', 'report'], packages: ['node:', 'tinyglobby'] },
  web: {
    rooms: ['.', 'core', 'jobs', 'report'],
    packages: ['node:', 'fastify', '@fastify/', 'tar'],
  },
  // What a process starts with: it loads everything else.
  start: { rooms: ['.', 'cli', 'jobs'], packages: ['node:'] },
  // Scripts of the pages: they run in browsers.
  client: { rooms: [], packages: [] },
  // The only room that talks to hosts of others.
  ticket: { rooms: ['core', 'evidence', 'redact', 'report'], packages: ['node:'] },
  cli: {
    rooms: ['.', 'batch', 'core', 'evidence', 'jobs', 'parse', 'redact', 'report', 'store', 'ticket', 'web'],
    packages: ['node:', 'commander', 'pino', 'picocolors'],
  },
};

const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });

const roomOf = (path: string): string => {
  const parts = relative('src', path).split('/');
  return parts.length === 1 ? '.' : parts[0]!;
};

const SOURCES = files('src');

describe('who may import whom', () => {
  it.each(SOURCES)('%s', (path) => {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room];
    expect(allowed, `room ${room} is not in the table`).toBeDefined();
    const text = readFileSync(path, 'utf8');
    for (const [, target] of text.matchAll(/(?:from|import)\s+'([^']+)'/g)) {
      if (target!.startsWith('.')) {
        const other = roomOf(normalize(join(dirname(path), target!)));
        expect([room, ...allowed!.rooms], `${path} imports ${target}`).toContain(other);
      } else {
        expect(
          allowed!.packages.some(
            (name) =>
              target === name || target!.startsWith(name.endsWith('/') || name.endsWith(':') ? name : `${name}/`),
          ),
          `${path} imports ${target}`,
        ).toBe(true);
      }
    }
  });
});

/** Two forms of one tool's output may share a test file. */
const PARSER_TESTS = files('test/parse')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

describe('the rooms that grow', () => {
  const ids = (folder: string, pattern: RegExp) =>
    SOURCES.filter((path) => roomOf(path) === folder && pattern.test(readFileSync(path, 'utf8')));
  it.each(ids('parse', /export const \w+: Parser\b/))('%s is registered, has a sample and a test', (path) => {
    const name = path.replace(/^.*\//, '').replace('.ts', '');
    expect(readFileSync('src/parse/index.ts', 'utf8')).toContain(`/${name}.js'`);
    expect(PARSER_TESTS).toContain(`/${name}.js'`);
    expect(readdirSync(`samples/formats/${name}`).length).toBeGreaterThan(0);
  });
  it.each(ids('heuristics', /export const \w+: Heuristic\b/))('%s is registered and has a test of its name', (path) => {
    const name = path.replace(/^.*\//, '').replace('.ts', '');
    expect(readFileSync('src/heuristics/index.ts', 'utf8')).toContain(`'./${name}.js'`);
    expect(statSync(`test/heuristics/${name}.test.ts`).isFile()).toBe(true);
  });
});

/** Causes that only whole bundles test. This list only gets shorter. */
const NO_TEST_OF_ITS_OWN_YET: readonly string[] = [];

describe('causes', () => {
  const FOLDER = 'src/diagnosis/causes';
  const named = (folder: string, ending: string): string[] =>
    readdirSync(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length));
  const codes = named(FOLDER, '.ts').filter((name) => name !== 'index');

  it.each(codes)('%s is registered, by the code that its file is named after', (code) => {
    expect(CAUSE_CODES).toContain(code);
    expect(readFileSync(join(FOLDER, `${code}.ts`), 'utf8')).toMatch(/export const \w+: Cause\b/);
    const index = readFileSync(join(FOLDER, 'index.ts'), 'utf8');
    const [, name] = new RegExp(`import \\{ (\\w+) \\} from './${code}\\.js';`).exec(index) ?? [];
    expect(name, `no import of ${code} in ${FOLDER}/index.ts`).toBeDefined();
    expect(index.slice(index.indexOf('CAUSES'))).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('of every code', () => {
    expect(CAUSE_CODES.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('with a test of the same name, but for those without one yet', () => {
    const tested = named('test/diagnosis', '.test.ts');
    expect(codes.filter((code) => !tested.includes(code)).sort()).toEqual(NO_TEST_OF_ITS_OWN_YET);
  });
});

it('has no room for things without a name', () => {
  expect(SOURCES.filter((path) => /\/(utils?|helpers?|common|misc|types|shared)(\.ts|\/)/.test(path))).toEqual([]);
});

it('has no table of words that would answer to `constructor`: each is a wordTable', () => {
  const table =
    /(?:^|[^.\w])Record<string, (?!unknown)[^;\n]*> = (?:\{|Object\.fromEntries)|wordTable<(?:Readonly|Record|WordTable)/;
  expect(SOURCES.filter((path) => table.test(readFileSync(path, 'utf8')))).toEqual([]);
});
