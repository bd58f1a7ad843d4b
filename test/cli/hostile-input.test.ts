import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { tarOf } from '../fuzz/tar-of.js';

/**
 * Hostile and broken input, through the command: what is good is read, what is not is named, the status is that of the
 * contract, nothing stays, and memory stays below the 400 MB that any bundle may take.
 */

const MOST_MB = 400;
const ROUTES = 'root@n1:~# ip route\ndefault via 10.0.0.1 dev eth0\n';
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-hostile-'));
const temp = join(scratch, 'temp');
mkdirSync(temp);
chmodSync(scratch, 0o755);
chmodSync(temp, 0o1777);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const shell = (script: string): string => {
  const { status, stdout, stderr } = spawnSync('bash', ['-ec', script], { cwd: scratch, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
};

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly said: string;
}

/** Runs the command in the scratch folder; `as` is a command before it. What holds of every run is checked here. */
function podtrail(args: readonly string[], as: readonly string[] = []): Ran {
  // The child says itself what it needed at most.
  const peak = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + ' kB\\n'))`;
  const preload = `--import=data:text/javascript,${encodeURIComponent(peak)}`;
  const [command, ...rest] = [...as, process.execPath, preload, join(process.cwd(), 'dist/cli/main.js'), ...args];
  const { status, stdout, stderr } = spawnSync(command!, rest, {
    cwd: scratch,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, TMPDIR: temp },
  });
  const [, kilobytes] = /peak (\d+) kB\n/.exec(stderr) ?? [];
  expect(Number(kilobytes) / 1024).toBeLessThan(MOST_MB);
  const said = stderr.replace(/peak \d+ kB\n/, '');
  expect(said).not.toMatch(/\n\s+at |unexpected failure/);
  expect(readdirSync(temp)).toEqual([]);
  return { status, out: stdout, said };
}

interface NotRead {
  readonly file: string;
  readonly reason: string;
}

/** Analyses; the status must be 0. What was not read, as lines. */
function notRead(path: string, as?: readonly string[]): string {
  const { status, out, said } = podtrail(['analyze', path, '--format', 'json'], as);
  expect([status, said]).toEqual([0, '']);
  const report = JSON.parse(out) as { readonly notRead: readonly NotRead[] };
  return report.notRead.map(({ file, reason }) => `${file}: ${reason}`).join('\n');
}

describe('archives', () => {
  it('packed in each other beyond the limit are left out, and what lies beside them is read', () => {
    shell(`mkdir deep && cd deep && printf '%s' '${ROUTES}' > routes.txt && tar czf 1.tgz routes.txt
      for i in 2 3 4 5 6 7; do tar czf $i.tgz $((i - 1)).tgz; done; tar cf ../deep.tar routes.txt 7.tgz`);
    expect(notRead('deep.tar')).toMatch(/7\.tgz!6\.tgz.*: packed more than 5 times in each other: left out/);
    const alone = podtrail(['analyze', 'deep/7.tgz']);
    expect([alone.status, alone.out]).toEqual([2, '']);
    expect(alone.said).toMatch(/^podtrail: nothing in 7\.tgz could be read: .*packed more than 5 times/);
  });

  it('with links that lead in circles, devices and pipes: none is followed or opened', () => {
    const device = process.getuid?.() === 0 ? 'mknod zero c 1 5' : 'true';
    shell(`mkdir -p odd/in && cd odd && printf '%s' '${ROUTES}' > routes.txt && ln -s . in/loop && ln -s b a && ln -s a b
      ln -s ../in in/up && mkfifo pipe && ${device} && tar czf ../odd.tgz . && cd .. && zip -qry odd.zip odd -x odd/pipe odd/zero`);
    for (const path of ['odd', 'odd.tgz', 'odd.zip']) expect(notRead(path)).toContain('link, not followed');
    for (const path of ['odd', 'odd.tgz']) expect(notRead(path)).toContain('device, pipe or socket, not opened');
  });

  it.each([
    ['gzip', 'gzip -9'],
    ['tar.gz', 'cat > zeros && tar czf - zeros routes.txt && rm zeros'],
    ['zip', 'zip -q - -'],
    ['xz', 'xz -1'],
    ['zst', 'zstd'],
    ['bz2', 'bzip2'],
  ])('300 MB of zeros as %s', (kind, tool) => {
    shell(`printf '%s' '${ROUTES}' > routes.txt; head -c 300000000 /dev/zero | (${tool}) > zeros.${kind}
      rm -rf bomb && mkdir bomb && cp routes.txt bomb && mv zeros.${kind} bomb`);
    expect(notRead('bomb')).toMatch(/zeros.*: (?:not read: |.*grew more than 200 times)/);
  });

  it('of more entries than are read', () => {
    const members = Array.from({ length: 100_100 }, (_, i) => ({ name: `node1/${i}`, bytes: Buffer.alloc(0) }));
    const routes = { name: 'node1/ip-route.txt', bytes: Buffer.from(ROUTES) };
    writeFileSync(join(scratch, 'count.tgz'), gzipSync(tarOf([routes, ...members])));
    expect(notRead('count.tgz')).toContain('more than 100000 members: the rest was left out');
  });

  it.each(['/dev/null', '/dev/zero'])('%s is no bundle', (device) => {
    const { status, out, said } = podtrail(['analyze', device]);
    expect([status, out]).toEqual([2, '']);
    expect(said).toMatch(/^podtrail: nothing .* (?:null|zero)/);
  });
});

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
/** The program must be there for somebody else, too. */
const asNobody =
  process.getuid?.() === 0 &&
  spawnSync(NOBODY[0]!, [...NOBODY.slice(1), process.execPath, 'dist/cli/main.js', '--version']).status === 0;

describe.skipIf(!asNobody)('for somebody who may not', () => {
  shell(`mkdir -p shut/inner open && printf '%s' '${ROUTES}' | tee shut/routes.txt > shut/secret.txt
    cp shut/routes.txt open && echo x > shut/inner/x && chmod 0 shut/secret.txt shut/inner && chmod 755 shut open`);

  it('read a file or a folder in a folder: both are named, the rest is read', () => {
    const notes = notRead('shut', NOBODY);
    expect(notes).toContain('secret.txt: could not be opened: permission denied');
    expect(notes).toContain('inner: folder could not be read: permission denied');
  });

  it.each(['shut/secret.txt', 'shut/inner', 'nowhere'])('read %s: status 2, which file, and why', (path) => {
    const { status, out, said } = podtrail(['analyze', path], NOBODY);
    expect([status, out]).toEqual([2, '']);
    expect(said).toMatch(/^podtrail: nothing in \w+(?:\.txt)? could be read: .*(?:permission denied|no such file)\n$/);
  });

  it.each([
    ['--output', 'open/report.txt'],
    ['--store', 'open/case.duckdb'],
    ['--evidence', 'open/evidence'],
  ])('write to a read-only folder with %s', (option, place) => {
    const { status, out, said } = podtrail(['analyze', 'open', option, place], NOBODY);
    expect([status, out]).toEqual([2, '']);
    expect(said).toMatch(/^podtrail: .*open.*\n$/);
    expect(said.toLowerCase()).toContain('permission denied');
    expect(readdirSync(join(scratch, 'open'))).toEqual(['routes.txt']);
  });
});

it('a reader that has seen enough ends the command without a word', () => {
  writeFileSync(join(scratch, 'ends.txt'), ROUTES);
  for (const format of ['text', 'json', 'html']) {
    const run = `"${process.execPath}" "${process.cwd()}/dist/cli/main.js" analyze ends.txt --format ${format}`;
    expect(
      shell(`TMPDIR="${temp}" ${run} 2> ends.err | head -c 10 > /dev/null; echo "\${PIPESTATUS[0]}"; cat ends.err`),
    ).toBe('0\n');
    expect(readdirSync(temp)).toEqual([]);
  }
});
