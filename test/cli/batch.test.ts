import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Row } from '../../src/batch/ledger.js';
import { stem } from '../../src/batch/names.js';
import type { Report } from '../../src/core/finding.js';

/** `podtrail batch`, as people and scripts run it. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-batch-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const fresh = (name: string): string => {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

const run = (args: readonly string[], input?: string) =>
  spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', input, maxBuffer: 64e6 });
const rows = (out: string): Row[] =>
  readFileSync(join(out, 'index.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const copy = (from: string, to: string): void => {
  mkdirSync(join(to, '..'), { recursive: true });
  copyFileSync(from, to);
};

const ROUTE = 'samples/bundles/004-missing-pod-route.zip';
const HEALTHY = 'samples/bundles/010-healthy-flannel.tar.zst';
const FORWARD = 'samples/bundles/101-forward-drop-a.tar.xz';

it('takes the largest bundle first, and lists them by name', () => {
  const out = join(scratch, 'by-size');
  const byName = [ROUTE, HEALTHY, FORWARD];
  const { stderr } = run(['batch', ...byName.toReversed(), '-o', out, '--jobs', '1', '--log-level', 'info']);
  const done = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).file] : []));
  expect(done).toEqual([HEALTHY, ROUTE, FORWARD]);
  expect(rows(out).map(({ file }) => file)).toEqual(byName);
});

describe('a folder of tickets', () => {
  const inbox = fresh('inbox');
  const out = join(inbox, 'reports');
  copy(ROUTE, join(inbox, 'one.zip'));
  copy(HEALTHY, join(inbox, 'deep/er/two.tar.zst'));
  // A name says nothing about the content: this archive is found all the same.
  copy(ROUTE, join(inbox, 'attachment-17'));
  writeFileSync(join(inbox, 'broken.tgz'), Buffer.alloc(3000, 0xfe));
  writeFileSync(join(inbox, 'notes.txt'), 'please look at this\n');
  writeFileSync(join(inbox, '<img src=x onerror=alert(1)>.zip'), readFileSync(ROUTE));
  symlinkSync('/etc/passwd', join(inbox, 'link.tgz'));
  const result = run(['batch', inbox, '--output-dir', out, '--jobs', '2']);
  const index = rows(out);
  const row = (name: string): Row | undefined => index.find(({ file }) => basename(file) === name);

  it('ends well, says what it found, and where', () => {
    expect(result.status).toBe(0);
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/4 of 5 bundles analysed/);
    expect(result.stdout).toMatch(/3 {2}missing-pod-route/);
    expect(result.stdout).toMatch(/broken\.tgz: .*could be read/);
    expect(result.stdout).toMatch(/2 files passed over/);
  });

  it('has a row for each bundle, the broken one too, and none for other files and links', () => {
    expect(index.map(({ file }) => basename(file)).sort()).toEqual([
      '<img src=x onerror=alert(1)>.zip',
      'attachment-17',
      'broken.tgz',
      'one.zip',
      'two.tar.zst',
    ]);
    expect(row('one.zip')).toMatchObject({
      state: 'diagnosed',
      cause: 'missing-pod-route',
      confidence: 'proven',
      bytes: statSync(ROUTE).size,
    });
    expect(row('two.tar.zst')).toMatchObject({ state: 'no-fault-found', cause: null });
    expect(row('broken.tgz')).toMatchObject({ state: 'failed', failed: 'unreadable' });
    for (const { seconds, summary } of index) {
      expect(seconds).toBeGreaterThan(0);
      expect(summary.length).toBeGreaterThan(10);
    }
  });

  it('gives the very report that analyze prints, in every form', () => {
    const { name } = row('one.zip')!;
    const printed = run(['analyze', join(inbox, 'one.zip'), '--format', 'json']).stdout;
    expect(readFileSync(join(out, `${name}.json`), 'utf8')).toBe(printed);
    for (const { name: each } of index)
      if (each !== undefined)
        for (const suffix of ['json', 'md', 'html']) expect(existsSync(join(out, `${each}.${suffix}`))).toBe(true);
  });

  it('has an index for people: grouped by cause, every report linked, nothing of a name is markup', () => {
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    expect(page).toContain('missing-pod-route</a> <span class="n">3</span>');
    for (const { name } of index)
      if (name !== undefined) expect(page).toContain(`href="${encodeURIComponent(name)}.html"`);
    expect(page).toContain('could be read');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toContain('<img');
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'/);
  });

  it('writes nothing outside its folder and no name that a shell or browser could misread', () => {
    for (const name of readdirSync(out)) expect(name).toMatch(/^[\w. -]+(\.json|\.jsonl|\.md|\.html)$/);
    expect(readdirSync(inbox).sort()).toContain('reports');
  });

  it('does not analyse its own reports the next time', () => {
    const again = run(['batch', inbox, '-o', out, '--resume']);
    expect(again.stdout).toMatch(/4 of 5 bundles analysed/);
    expect(again.stdout).toMatch(/5 unchanged/);
  });
});

describe('--resume', () => {
  const inbox = fresh('resume');
  const out = fresh('resume-out');
  copy(ROUTE, join(inbox, 'a.zip'));
  copy(HEALTHY, join(inbox, 'b.tar.zst'));
  const batch = (...more: string[]) => run(['batch', inbox, '-o', out, ...more]);
  const written = (name: string): number => statSync(join(out, name)).mtimeMs;

  it('does what is new, changed, or lost, and nothing else', () => {
    expect(batch().status).toBe(0);
    const [a, b] = [written('a.json'), written('b.json')];
    copy(FORWARD, join(inbox, 'c.tar.xz'));
    utimesSync(join(inbox, 'b.tar.zst'), new Date(), new Date(Date.now() + 5000));
    // A crash in the middle of a line costs that line.
    appendFileSync(join(out, 'index.jsonl'), '{"file":"half');
    const again = batch('--resume');
    expect(again.stdout).toMatch(/1 unchanged/);
    expect(written('a.json')).toBe(a);
    expect(written('b.json')).toBeGreaterThan(b);
    expect(rows(out).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    rmSync(join(out, 'a.md'));
    expect(batch('--resume').stdout).toMatch(/2 unchanged/);
    expect(existsSync(join(out, 'a.md'))).toBe(true);
  });
});

describe('what is asked for', () => {
  it('patterns and lists', () => {
    const inbox = fresh('lists');
    for (const name of ['x1.zip', 'x2.zip', 'y.zip']) copy(ROUTE, join(inbox, name));
    const list = join(inbox, 'list.txt');
    writeFileSync(list, `# from the ticket system\n${join(inbox, 'y.zip')}\r\n\n`);
    const out = fresh('lists-out');
    const result = run(['batch', join(inbox, 'x*.zip'), '--list', list, '-o', out]);
    expect(result.status).toBe(0);
    expect(rows(out).map(({ name }) => name)).toEqual(['x1', 'x2', 'y']);
    const piped = fresh('lists-out-2');
    expect(run(['batch', '--list', '-', '-o', piped], `${join(inbox, 'y.zip')}\n`).status).toBe(0);
    expect(rows(piped)).toHaveLength(1);
  });

  it.each([
    ['nothing', [], /name bundles or folders/],
    ['what is not there', ['/no/such.tgz'], /does not exist/],
    ['a pattern without a match', ['/no/such*.tgz'], /matches no file/],
    ['a folder without bundles', ['docs'], /no archive or capture/],
    ['no jobs', [ROUTE, '-j', '0'], /whole number from 1/],
  ])('%s: status 2 and a message', (_, args, message) => {
    const { status, stderr, stdout } = run(['batch', ...args, '-o', join(scratch, 'never')]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('status 2 when no bundle could be analysed, 1 when --fail-on is met', () => {
    const inbox = fresh('bad');
    writeFileSync(join(inbox, 'bad.tgz'), Buffer.alloc(100, 0xfe));
    expect(run(['batch', inbox, '-o', join(inbox, 'out')]).status).toBe(2);
    expect(run(['batch', ROUTE, '-o', fresh('fail'), '--fail-on', 'critical']).status).toBe(1);
    expect(run(['batch', HEALTHY, '-o', fresh('fail-not'), '--fail-on', 'warning']).status).toBe(0);
  });
});

describe('one incident, an archive per node', () => {
  it('--merge gives one report that sees them all, like analyze with several paths', () => {
    const inbox = fresh('merge/ticket');
    const unpacked = fresh('merge-unpacked');
    execFileSync('tar', ['xf', FORWARD, '-C', unpacked]);
    const top = readdirSync(unpacked);
    const root = top.length === 1 ? join(unpacked, top[0]!) : unpacked;
    const parts = readdirSync(root);
    // Half of the bundle's folders in one archive, half in the other.
    const half = Math.ceil(parts.length / 2);
    execFileSync('tar', ['czf', join(inbox, 'first.tgz'), '-C', root, ...parts.slice(0, half)]);
    execFileSync('tar', ['czf', join(inbox, 'second.tgz'), '-C', root, ...parts.slice(half)]);
    const out = fresh('merge-out');
    expect(run(['batch', join(scratch, 'merge'), '--merge', '-o', out]).status).toBe(0);
    expect(rows(out)).toHaveLength(1);
    expect(rows(out)[0]).toMatchObject({ name: 'ticket', state: 'diagnosed', cause: 'forward-drop' });
    const merged = JSON.parse(readFileSync(join(out, 'ticket.json'), 'utf8')) as Report;
    const asked = run(['analyze', join(inbox, 'first.tgz'), join(inbox, 'second.tgz'), '--format', 'json']);
    expect(merged).toEqual(JSON.parse(asked.stdout));
  });

  it('--merge of archives that are named one by one is called neither of them', () => {
    const out = fresh('merge-named-out');
    expect(run(['batch', ROUTE, HEALTHY, '--merge', '-o', out]).status).toBe(0);
    const [row, ...others] = rows(out);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ file: `${ROUTE} and 1 more`, name: `${stem(ROUTE)}-and-1-more` });
    expect(existsSync(join(out, `${row!.name}.html`))).toBe(true);
    expect(run(['batch', ROUTE, HEALTHY, '--merge', '-o', out, '--resume']).stdout).toMatch(/1 unchanged/);
  });
});

describe('Ctrl-C', () => {
  it('keeps what is finished, stops its workers, and --resume does the rest', async () => {
    const inbox = fresh('stop');
    for (let i = 0; i < 5; i++) copy(ROUTE, join(inbox, `b${i}.zip`));
    const out = fresh('stop-out');
    const child = spawn(process.execPath, ['dist/cli/main.js', 'batch', inbox, '-o', out, '-j', '1'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    while (!existsSync(join(out, 'b1.json'))) await new Promise((done) => setTimeout(done, 50));
    child.kill('SIGINT');
    const status = await new Promise((done) => child.once('close', done));
    expect(status).toBe(130);
    expect(stderr).toMatch(/of 5 not done; the same command with --resume goes on/);
    const done = rows(out).length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(5);
    expect(readdirSync(out).filter((name) => name.endsWith('.part'))).toEqual([]);
    const again = run(['batch', inbox, '-o', out, '--resume']);
    expect(again.status).toBe(0);
    expect(again.stdout).toMatch(new RegExp(`${done} unchanged`));
    expect(rows(out)).toHaveLength(5);
  }, 240_000);
});
