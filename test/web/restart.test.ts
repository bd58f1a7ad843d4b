import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle, freshFolder, Served, serve } from './served.js';

const GOOD = readFileSync(bundle('004-missing-pod-route.zip'));
const ID = /^[0-9a-f]{32}$/;
const folders = (dir: string): string[] => readdirSync(dir).filter((name) => ID.test(name));
const ids = async (answer: Response): Promise<string[]> => {
  const { id, ids: all } = (await answer.json()) as { id: string; ids?: string[] };
  return all ?? [id];
};
/** A process that nobody waited for is still there, but as a zombie. */
const lives = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
const again = (dir: string, ...args: string[]) => Served.start(['--data-dir', dir, '--jobs', '1', ...args]);

describe('a server that ends', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('by %s goes on where it was when it starts again', async (signal) => {
    const server = await serve();
    const [first] = await ids(await server.post([['first.zip', GOOD]]));
    await server.finished(first!);
    const more = await ids(
      await server.post([
        ['second.zip', GOOD],
        ['third.zip', GOOD],
        ['broken.bin', 'no bundle'],
      ]),
    );
    await expect
      .poll(async () => (await server.summary(more[0]!)).state, { timeout: 30_000, interval: 20 })
      .toBe('running');
    const workers = server.workers();
    expect(await server.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL');
    await expect.poll(() => workers.filter(lives), { timeout: 10_000 }).toEqual([]);

    const next = await again(server.dir);
    expect(await next.summary(first!)).toMatchObject({ state: 'done', report: { schema: 'podtrail.report/1' } });
    for (const id of more.slice(0, 2)) expect(await next.finished(id)).toMatchObject({ state: 'done' });
    expect(await next.finished(more[2]!)).toMatchObject({ state: 'failed', failure: { why: 'unreadable' } });
    expect((await next.list()).map(({ name }) => name)).toEqual(['broken.bin', 'third.zip', 'second.zip', 'first.zip']);
    expect(await next.stop()).toBe(0);
  });

  it('frees its folder though nobody has waited for it', async () => {
    const dir = freshFolder();
    // The shell becomes a program that waits for nobody.
    const serving = `"${process.execPath}" dist/cli/main.js serve --port 0 --data-dir "${dir}" & echo $!; exec sleep 60`;
    const shell = spawn('sh', ['-c', serving], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      let pid = 0;
      shell.stdout.on('data', (data: Buffer) => {
        pid = Number(data.toString());
      });
      await new Promise<void>((ready) =>
        shell.stderr.on('data', (data: Buffer) => /listening/.test(`${data}`) && ready()),
      );
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), { timeout: 10_000 }).toMatch(/\) Z/);
      expect(await (await again(dir)).stop()).toBe(0);
    } finally {
      shell.kill('SIGKILL');
    }
  });

  it('gives up what ended its process again and again', async () => {
    const server = await serve();
    const [id] = await ids(await server.post([['a.zip', GOOD]]));
    await server.finished(id!);
    await server.stop();
    const record = join(server.dir, id!, 'meta.json');
    const { state, digest, finished, seconds, ...upload } = JSON.parse(readFileSync(record, 'utf8'));
    expect([state, typeof digest, typeof finished, typeof seconds]).toEqual(['done', 'object', 'string', 'number']);
    writeFileSync(record, JSON.stringify({ ...upload, state: 'running', tries: 3 }));
    const next = await again(server.dir);
    expect(await next.finished(id!)).toMatchObject({ state: 'failed', failure: { why: 'crash', reason: /3 times/ } });
  });

  it('leaves nothing of uploads that were not whole, and survives records that cannot be read', async () => {
    const dir = freshFolder();
    const [whole, part] = ['a'.repeat(32), 'b'.repeat(32)];
    mkdirSync(join(dir, part, 'upload'), { recursive: true });
    writeFileSync(join(dir, part, 'upload', 'x.tar'), 'x');
    const foreign = 'c'.repeat(32);
    mkdirSync(join(dir, foreign));
    writeFileSync(join(dir, foreign, 'thesis.tex'), 'x');
    mkdirSync(join(dir, whole));
    writeFileSync(join(dir, whole, 'meta.json'), '{"id": ');
    const server = await again(dir);
    expect(await server.list()).toEqual([]);
    expect(folders(dir).sort()).toEqual([whole, foreign]);
    expect(server.said).toContain('its record cannot be read');
  });

  it('keeps a second one out of its folder while it runs', async () => {
    const server = await serve();
    await expect(again(server.dir)).rejects.toThrow(/ended with 2.*is used by another podtrail serve/s);
    await server.stop('SIGKILL');
    await again(server.dir);
  });
});

describe('a worker that ends', () => {
  it('costs nothing: its bundle is tried again', async () => {
    const server = await serve();
    const [id] = await ids(await server.post([['a.zip', GOOD]]));
    await expect.poll(async () => (await server.summary(id!)).state, { timeout: 30_000, interval: 10 }).toBe('running');
    for (const pid of server.workers()) process.kill(pid, 'SIGKILL');
    expect(await server.finished(id!)).toMatchObject({ state: 'done', verdict: { cause: 'missing-pod-route' } });
    expect(server.said).toContain('ended by SIGKILL');
  });

  it('leaves its bundle waiting, and says so, while others run', async () => {
    const server = await serve('--jobs', '1');
    const [first] = await ids(
      await server.post([
        ['a.zip', GOOD],
        ['b.zip', GOOD],
        ['c.zip', GOOD],
      ]),
    );
    await expect
      .poll(async () => (await server.summary(first!)).state, { timeout: 30_000, interval: 10 })
      .toBe('running');
    for (const pid of server.workers()) process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await server.summary(first!)).position, { timeout: 30_000, interval: 10 }).toBe(2);
    expect(await server.summary(first!)).toMatchObject({ state: 'queued', status: 'Waiting, number 2 in the queue' });
    await expect
      .poll(async () => (await server.get('/healthz')).json(), { timeout: 30_000, interval: 10 })
      .toMatchObject({ queued: 2, running: 1 });
    expect(await server.finished(first!)).toMatchObject({ state: 'done' });
  });

  it('because of its bounds says which', async () => {
    const server = await serve('--memory', '70', '--jobs', '2');
    const [id] = await ids(await server.post([['a.zip', GOOD]]));
    expect(await server.finished(id!)).toMatchObject({ state: 'failed', failure: { why: 'memory' } });
    expect(await (await server.get(`/analyses/${id}`)).text()).toContain('--memory');
    // The record is written first: a failure that was told is never lost.
    await expect.poll(() => existsSync(join(server.dir, id!, 'upload'))).toBe(false);
  });
});

describe('deleting', () => {
  it('ends what runs, forgets what waits, removes what is done', async () => {
    const server = await serve();
    const all = await ids(await server.post([...'abc'].map((name) => [`${name}.zip`, GOOD] as const)));
    await expect
      .poll(async () => (await server.summary(all[0]!)).state, { timeout: 30_000, interval: 20 })
      .toBe('running');
    for (const id of [all[2]!, all[0]!]) {
      const answer = await fetch(`${server.url}/api/analyses/${id}`, { method: 'DELETE' });
      expect(answer.status).toBe(204);
      expect((await server.get(`/api/analyses/${id}`)).status).toBe(404);
      expect(existsSync(join(server.dir, id))).toBe(false);
    }
    expect(await server.finished(all[1]!)).toMatchObject({ state: 'done' });
    const ask = await (await server.get(`/analyses/${all[1]}/delete`)).text();
    expect(ask).toContain(`action="/analyses/${all[1]}/delete"`);
    const done = await fetch(`${server.url}/analyses/${all[1]}/delete`, { method: 'POST', redirect: 'manual' });
    expect([done.status, done.headers.get('location')]).toEqual([303, '/']);
    expect(folders(server.dir)).toEqual([]);
  });

  it('is done for what is older than --retention, and for nothing else', async () => {
    const server = await serve('--keep-uploads');
    const [old, fresh] = await ids(
      await server.post([
        ['old.zip', GOOD],
        ['fresh.zip', GOOD],
      ]),
    );
    await server.finished(fresh!);
    expect(readdirSync(join(server.dir, fresh!, 'upload'))).toEqual(['fresh.zip']);
    await server.stop();
    const record = join(server.dir, old!, 'meta.json');
    const analysis = JSON.parse(readFileSync(record, 'utf8'));
    const days = 86_400_000;
    writeFileSync(record, JSON.stringify({ ...analysis, finished: new Date(Date.now() - 8 * days).toISOString() }));
    const next = await again(server.dir, '--retention', '7');
    expect((await next.list()).map(({ id }) => id)).toEqual([fresh]);
    expect(folders(server.dir)).toEqual([fresh]);
    // Without --keep-uploads, what an earlier run kept goes.
    expect(existsSync(join(server.dir, fresh!, 'upload'))).toBe(false);
  });
});
