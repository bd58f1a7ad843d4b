import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import type { Job } from '../../src/jobs/job.js';

/** Worker processes are compiled code: the pool under test is the built one. */
const { Pool } = (await import(
  pathToFileURL(resolve('dist/jobs/pool.js')).href
)) as typeof import('../../src/jobs/pool.js');

const GOOD = resolve('samples/bundles/004-missing-pod-route.zip');
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-pool-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const pools: InstanceType<typeof Pool>[] = [];
const pool = (options: Partial<{ workers: number; memoryMb: number; seconds: number }> = {}) => {
  const made = new Pool({ workers: 1, memoryMb: 1500, seconds: 120, ...options });
  pools.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((p) => p.close()));
});

const job = (name: string, path = GOOD): Job => ({
  paths: [path],
  plain: {
    write: [
      { format: 'json', path: join(scratch, `${name}.json`) },
      { format: 'markdown', path: join(scratch, `${name}.md`) },
    ],
  },
});
/** Process numbers of the pool's workers. */
const workers = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('jobs/worker.js'))
    .map((line) => Number.parseInt(line, 10));
const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('podtrail-worker-'));

describe('the pool', () => {
  it('writes the same report that the command prints, and a digest of it', async () => {
    const stages = new Set<string>();
    const outcome = await pool().run(job('good'), { onProgress: (p) => stages.add(p.stage) });
    expect(outcome).toMatchObject({ state: 'done', digest: { state: 'diagnosed', cause: 'missing-pod-route' } });
    const report = JSON.parse(readFileSync(join(scratch, 'good.json'), 'utf8')) as Report;
    const printed = execFileSync(process.execPath, ['dist/cli/main.js', 'analyze', GOOD, '-f', 'json'], {
      encoding: 'utf8',
      maxBuffer: 64e6,
    });
    expect(report).toEqual(JSON.parse(printed));
    expect(readFileSync(join(scratch, 'good.md'), 'utf8')).toContain('missing-pod-route');
    expect(stages).toContain('looking');
    expect(readdirSync(scratch).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('says of what is no bundle why, and its worker takes the next one', async () => {
    const broken = join(scratch, 'broken.bin');
    writeFileSync(broken, Buffer.alloc(5000, 0xfe));
    const one = pool();
    const outcome = await one.run(job('broken', broken));
    expect(outcome).toMatchObject({ state: 'failed', why: 'unreadable' });
    expect(outcome.state === 'failed' && outcome.reason).toMatch(/broken\.bin/);
    expect(existsSync(join(scratch, 'broken.json'))).toBe(false);
    const [before] = workers();
    expect(await one.run(job('after'))).toMatchObject({ state: 'done' });
    expect(workers()).toEqual([before]);
  });

  it.each([
    ['memory', { memoryMb: 70 }, /more than 70 MB/],
    ['time', { seconds: 0.2 }, /longer than 0.2 seconds/],
  ])('ends what needs too much %s', async (why, limits, reason) => {
    const outcome = await pool(limits).run(job(why));
    expect(outcome).toMatchObject({ state: 'failed', why });
    expect(outcome.state === 'failed' && outcome.reason).toMatch(reason);
  });

  it('survives a worker that is killed: that job says so, the others get another worker', async () => {
    const one = pool();
    const killed = one.run(job('killed'), {
      onStart: () => setTimeout(() => process.kill(workers()[0]!, 'SIGKILL'), 150),
    });
    const next = one.run(job('next'));
    expect(await killed).toMatchObject({ state: 'failed', why: 'crash' });
    expect(await next).toMatchObject({ state: 'done' });
  });

  it('cancels what waits and what runs', async () => {
    const one = pool();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = one.run(job('a'), { signal: running.signal, onStart: () => setTimeout(() => running.abort(), 100) });
    const second = one.run(job('b'), { signal: waiting.signal });
    waiting.abort();
    expect(await second).toMatchObject({ state: 'failed', why: 'cancelled' });
    expect(await first).toMatchObject({ state: 'failed', why: 'cancelled' });
    expect(existsSync(join(scratch, 'a.json'))).toBe(false);
  });

  it('leaves no half-written file of what it killed, and every file of others', async () => {
    const [ours, others] = [join(scratch, 'c.md.0badc0de.part'), join(scratch, 'c2.md.0badc0de.part')];
    const stop = new AbortController();
    const outcome = await pool().run(job('c'), {
      signal: stop.signal,
      onStart: () => {
        for (const draft of [ours, others]) writeFileSync(draft, '# half');
        stop.abort();
      },
    });
    expect(outcome).toMatchObject({ state: 'failed', why: 'cancelled' });
    expect([existsSync(ours), existsSync(others)]).toEqual([false, true]);
    rmSync(others);
  });

  it('runs no more at once than it has workers, and in the order given', async () => {
    const two = pool({ workers: 2 });
    const events: string[] = [];
    let most = 0;
    await Promise.all(
      ['1', '2', '3', '4'].map((name) =>
        two.run(job(name), {
          onStart: () => {
            events.push(name);
          },
          onProgress: () => {
            most = Math.max(most, workers().length);
          },
        }),
      ),
    );
    expect(events).toEqual(['1', '2', '3', '4']);
    expect(most).toBe(2);
  });

  it('leaves no process and no folder behind', async () => {
    const before = folders();
    const one = pool();
    const outcome = one.run(job('closing'));
    await new Promise((done) => setTimeout(done, 300));
    await one.close();
    expect(await outcome).toMatchObject({ state: 'failed' });
    expect(workers()).toEqual([]);
    expect(folders().filter((name) => !before.includes(name))).toEqual([]);
  });
});
