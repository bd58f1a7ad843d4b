import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { CAUSE_CODES, SYMPTOM_CODES } from '../../src/core/code.js';
import type { Report } from '../../src/core/finding.js';

/** What scripts rely on: the JSON contract, exit statuses, what goes to which stream, the store. */

const BUNDLE = 'samples/bundles/004-missing-pod-route.zip';
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-cli-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const run = (args: readonly string[], input?: string | Buffer) =>
  spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', input, maxBuffer: 64e6 });

describe('the report object', () => {
  const result = run(['analyze', BUNDLE, '--format', 'json']);
  const report = JSON.parse(result.stdout) as Report;

  it('has the fields of podtrail.report/1 and nothing else on standard output', () => {
    expect(result.status).toBe(0);
    expect(result.stderr).toBe('');
    expect(report.schema).toBe('podtrail.report/1');
    expect(report.bundle).toMatchObject({ name: '004-missing-pod-route.zip', files: 6 });
    expect(report.bundle.bytes).toBe(readFileSync(BUNDLE).length);
    expect(['diagnosed', 'suspected', 'no-fault-found', 'insufficient']).toContain(report.verdict.state);
    for (const key of ['findings', 'ruledOut', 'notChecked', 'notRead'] as const)
      expect(Array.isArray(report[key])).toBe(true);
  });

  it('has findings whose every evidence has a place or says where was looked', () => {
    const codes: readonly string[] = [...SYMPTOM_CODES, ...CAUSE_CODES];
    for (const finding of report.findings) {
      expect(codes).toContain(finding.code);
      expect(finding.evidence.length).toBeGreaterThan(0);
      expect(finding.evidence.length).toBeLessThanOrEqual(20);
      for (const evidence of finding.evidence) {
        if ('absent' in evidence) expect(evidence.searched.length).toBeGreaterThan(0);
        else expect(evidence.quote.length).toBeLessThanOrEqual(400);
      }
    }
  });

  it('is the same, byte for byte, the second time', () => {
    expect(run(['analyze', BUNDLE, '--format', 'json']).stdout).toBe(result.stdout);
  });

  it('quotes frames as a capture tool counts them', () => {
    const frames = report.findings.flatMap((f) => f.evidence).filter((e) => 'frame' in e);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames[0]!.quote).toContain('10.244.3.12.80');
  });

  it('comes through a pipe as from a file', () => {
    const piped = run(['analyze', '-', '--format', 'json'], readFileSync(BUNDLE));
    expect((JSON.parse(piped.stdout) as Report).findings.map((f) => f.evidence)).toEqual(
      report.findings.map((f) => f.evidence),
    );
  });
});

describe('exit statuses', () => {
  it('0 when done, 1 when a finding is at or above --fail-on', () => {
    expect(run(['analyze', BUNDLE, '--fail-on', 'critical']).status).toBe(1);
    expect(run(['analyze', 'samples/bundles/010-healthy-flannel.tar.zst', '--fail-on', 'warning']).status).toBe(0);
  });

  it.each([
    ['a file that is not there', ['analyze', join(tmpdir(), 'no-such-bundle.tgz')]],
    ['a wrong option', ['analyze', BUNDLE, '--frobnicate']],
    ['a wrong format', ['analyze', BUNDLE, '--format', 'xml']],
    ['a store in no folder', ['analyze', BUNDLE, '--store', '/nonexistent/x.duckdb']],
    ['a store with the name of the tables beside it', ['analyze', BUNDLE, '--store', join(scratch, 'Derived.duckdb')]],
    ['a wrong code', ['explain', 'no-such-code']],
    ['a complaint that cannot be read', ['analyze', BUNDLE, '--about', 'nonsense']],
  ])('2 and a message without a stack for %s', (_, args) => {
    const { status, stdout, stderr } = run(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr.length).toBeGreaterThan(10);
  });

  it('2 for bytes that are nothing', () => {
    const { status, stdout, stderr } = run(['analyze', '-'], Buffer.from([0, 1, 2, 3, 255, 254, 0, 0]));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('stdin');
  });

  it('0 when the reader closes the pipe early', async () => {
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `"${process.execPath}" dist/cli/main.js analyze ${BUNDLE} --format json | head -1; echo done`,
    ]);
    expect(stdout).toBe('{\ndone\n');
  });
});

describe('the store', () => {
  const store = join(scratch, 'case.duckdb');

  it('is kept, queried and exported', () => {
    expect(
      run(['analyze', BUNDLE, '--store', store, '--output', join(scratch, 'report.md'), '--format', 'markdown']).status,
    ).toBe(0);
    expect(readFileSync(join(scratch, 'report.md'), 'utf8')).toContain('unreplied-syn');
    const rows = JSON.parse(
      run(['query', store, "select count(*) as n from packet where flags = 'S'", '--format', 'json']).stdout,
    ) as { n: unknown }[];
    expect(Number(rows[0]!.n)).toBeGreaterThanOrEqual(8);
    expect(
      run(['query', store, 'select address, role from address limit 2', '--format', 'csv']).stdout.split('\n')[0],
    ).toBe('address,role');
    expect(run(['export', store, '--parquet', join(scratch, 'parquet')]).status).toBe(0);
    expect(
      readFileSync(join(scratch, 'parquet', 'packet_raw.parquet'))
        .subarray(0, 4)
        .toString(),
    ).toBe('PAR1');
  });

  it('documents every table and column that it has', () => {
    const documented = JSON.parse(run(['query', store, '--schema', '--format', 'json']).stdout) as {
      table: string;
      column: string;
      about: string;
    }[];
    const real = JSON.parse(
      run([
        'query',
        store,
        'select table_name as t, column_name as c from information_schema.columns order by all',
        '--format',
        'json',
      ]).stdout,
    ) as { t: string; c: string }[];
    const names = new Set(documented.map((d) => `${d.table}.${d.column}`));
    for (const { t, c } of real) expect(names, `${t}.${c}`).toContain(`${t}.${c}`);
    expect(documented.every((d) => d.about.length > 0)).toBe(true);
  });

  it('cannot be used to read the machine or to change anything', () => {
    for (const sql of [
      "select * from read_text('/etc/hostname')",
      "copy note to '/tmp/x.csv'",
      'drop table note',
      "attach '/tmp/other.duckdb'",
      'set enable_external_access = true',
      'install httpfs',
    ]) {
      const { status, stdout, stderr } = run(['query', store, sql]);
      expect([sql, status, stdout]).toEqual([sql, 2, '']);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  it.each(['a "b;\'c.duckdb', 'main.duckdb', 'memory.duckdb', 'no-ending'])('may have any other name: %s', (name) => {
    const file = join(scratch, name);
    expect(run(['analyze', BUNDLE, '--store', file]).stderr).not.toContain('podtrail:');
    expect(run(['query', file, 'select count(*) > 0 as some from line', '--format', 'csv']).stdout).toBe(
      'some\ntrue\n',
    );
  });

  it('is not overwritten', () => {
    expect(run(['analyze', BUNDLE, '--store', store]).status).toBe(2);
  });
});

describe('evidence', () => {
  const folder = join(scratch, 'evidence');

  it('goes to a new folder, beside the report', () => {
    const result = run(['analyze', BUNDLE, '--evidence', folder]);
    expect(result.status).toBe(0);
    expect(result.stdout).toContain('missing-pod-route');
    expect(readdirSync(folder).sort()).toEqual(['README.txt', 'frames.pcapng', 'lines.txt']);
  });

  it.each([
    ['a folder that is not empty', BUNDLE, folder, 'is not empty'],
    ['standard input', '-', join(scratch, 'never'), 'standard input can be read only once'],
  ])('is refused for %s before anything is read', (_, path, dir, words) => {
    const result = run(['analyze', path, '--evidence', dir], '');
    expect(result.status).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(words);
    expect(existsSync(join(scratch, 'never'))).toBe(false);
  });

  it('leaves no folder behind when there is nothing to read', () => {
    const empty = join(scratch, 'nothing.bin');
    writeFileSync(empty, Buffer.alloc(64, 1));
    expect(run(['analyze', empty, '--evidence', join(scratch, 'none')]).status).toBe(2);
    expect(existsSync(join(scratch, 'none'))).toBe(false);
  });
});

describe('several inputs', () => {
  it('are one bundle whose files start with the name of their input', () => {
    const folder = join(scratch, 'one');
    execFileSync('mkdir', ['-p', folder]);
    writeFileSync(join(folder, 'routes.txt'), 'root@n1:~# ip route\ndefault via 10.0.0.1 dev eth0\n');
    writeFileSync(
      join(scratch, 'two.txt'),
      'root@n2:~# ip route\ndefault via 10.0.0.1 dev eth0 \nnot a route at all\n',
    );
    const report = JSON.parse(run(['analyze', folder, join(scratch, 'two.txt'), '--format', 'json']).stdout) as Report;
    expect(report.bundle.files).toBe(2);
    expect(report.verdict.state).toBe('insufficient');
    expect(report.notRead.map((n) => n.file)).toEqual(['two.txt']);
  });
});
