import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-interrupted-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('an analysis that is stopped in the middle', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s says so and leaves nothing: no temporary folder, no half store', async (signal, status) => {
    // Its input stays open and never ends.
    const child = spawn(
      process.execPath,
      ['dist/cli/main.js', 'analyze', '-', '--store', join(scratch, 'case.duckdb')],
      {
        env: { ...process.env, TMPDIR: scratch },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    let [out, said] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise((done) => child.once('close', done));
    child.stdin.write('root@n1:~# ip route\ndefault via 10.0.0.1 dev eth0\n');
    await expect.poll(() => readdirSync(scratch), { timeout: 30_000 }).toContain('case.duckdb');
    child.kill(signal);
    expect(await ended).toBe(status);
    expect(said).toBe(`podtrail: stopped by ${signal}, nothing was kept\n`);
    expect(out).toBe('');
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('a signal at any moment', () => {
  const moments = [50, 150, 250, 350, 450, 600, 800].flatMap((ms) =>
    (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const).map((signal) => ({ signal, ms })),
  );
  it.each(moments)('$signal after $ms ms leaves nothing', async ({ signal, ms }) => {
    const bundle = 'samples/bundles/011-healthy-calico-bgp.tar.bz2';
    const child = spawn(process.execPath, ['dist/cli/main.js', 'analyze', bundle], {
      env: { ...process.env, TMPDIR: scratch },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    setTimeout(() => child.kill(signal), ms);
    const status = await ended;
    // Ended before, or by the runtime before the program began. SIGPIPE alone means nothing: a closed pipe is seen when written to.
    if (status !== 0 && status !== null) expect(said).toBe(`podtrail: stopped by ${signal}, nothing was kept\n`);
    expect(readdirSync(scratch)).toEqual([]);
  });
});
