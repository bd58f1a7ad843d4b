import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { bundle, serve, sharedServer } from './served.js';

const NAME = '004-missing-pod-route.zip';
const GOOD = readFileSync(bundle(NAME));
/** Folders of analyses. */
const kept = (dir: string): string[] => readdirSync(dir).filter((name) => !name.startsWith('.'));

describe('an upload', () => {
  const shared = sharedServer();
  it('is answered with its id, and gives the report that the command prints', async () => {
    const server = shared();
    const answer = await server.post([[NAME, GOOD]]);
    expect(answer.status).toBe(202);
    const body = (await answer.json()) as { id: string };
    expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(answer.headers.get('location')).toBe(`/api/analyses/${body.id}`);
    const done = await server.finished(body.id);
    expect(done).toMatchObject({ state: 'done', name: NAME, verdict: { cause: 'missing-pod-route' } });
    expect(server.said).not.toContain('no evidence');
    const printed = execFileSync(process.execPath, ['dist/cli/main.js', 'analyze', bundle(NAME), '-f', 'json'], {
      encoding: 'utf8',
      maxBuffer: 64e6,
    });
    expect(done.report).toEqual(JSON.parse(printed));

    const page = await server.get(`/analyses/${body.id}`);
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).toContain('Download <a href');
    expect(page.headers.get('content-security-policy')).toMatch(
      /style-src 'sha256-.*script-src 'sha256-.*frame-ancestors 'none'/,
    );
    for (const { code } of (done.report as Report).findings) expect(text).toContain(code);
    expect(readdirSync(join(server.dir, body.id))).not.toContain('upload');
    for (const [ending, holds] of [
      ['html', '<!DOCTYPE html>'],
      ['json', '"podtrail.report/1"'],
      ['md', 'missing-pod-route'],
    ]) {
      const file = await server.get(`/analyses/${body.id}/report.${ending}`);
      expect(file.headers.get('content-disposition')).toContain(`filename="${NAME}.podtrail.${ending}"`);
      expect(await file.text()).toContain(holds);
    }
    const evidence = await server.get(`/analyses/${body.id}/evidence.tar.gz`);
    expect(evidence.headers.get('content-disposition')).toContain(`filename="${NAME}.evidence.tar.gz"`);
    const listed = execFileSync('tar', ['tzf', '-'], {
      input: Buffer.from(await evidence.arrayBuffer()),
      encoding: 'utf8',
    });
    expect(listed).toMatch(/frames\.pcapng/);
    expect(listed).toMatch(/lines\.txt/);
  });

  it('may hold several bundles; each has its own analysis, broken ones say why', async () => {
    const server = shared();
    const answer = await server.post([
      [NAME, GOOD],
      ['empty.tar', ''],
      ['noise.bin', new Uint8Array(4000).fill(0xfe)],
    ]);
    expect(answer.status).toBe(202);
    const { id, ids } = (await answer.json()) as { id: string; ids: string[] };
    expect(ids).toHaveLength(3);
    expect(id).toBe(ids[0]);
    expect(await server.finished(ids[0]!)).toMatchObject({ state: 'done' });
    expect(await server.finished(ids[1]!)).toMatchObject({ state: 'failed', failure: { why: 'empty' }, report: null });
    expect(await server.finished(ids[2]!)).toMatchObject({
      state: 'failed',
      failure: { why: 'unreadable', reason: expect.stringContaining('noise.bin') },
    });
    expect(await (await server.get(`/analyses/${ids[2]}`)).text()).toContain('noise.bin');
    expect((await server.list()).map((s) => s.name).slice(0, 3)).toEqual(['noise.bin', 'empty.tar', NAME]);
    const found = (await (await server.get('/api/analyses?q=noise failed')).json()) as { analyses: unknown[] };
    expect(found.analyses).toHaveLength(1);
  });

  it.each([
    ['nothing', [], 400, /no file in the field bundle/],
    ['an empty file', [['a.tar', '']], 400, /a\.tar: the file is empty/],
    ['a form without a chosen file', [['', '']], 400, /no file/],
  ] as const)('with %s is refused', async (_what, files, status, text) => {
    const server = shared();
    const before = kept(server.dir);
    const answer = await server.post(files);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { error: string }).error).toMatch(text);
    expect(kept(server.dir)).toEqual(before);
  });

  it('that is not multipart, or not whole, is refused', async () => {
    const server = shared();
    const before = kept(server.dir);
    const post = (body: string, type?: string) =>
      fetch(`${server.url}/api/analyses`, {
        method: 'POST',
        body,
        headers: type === undefined ? {} : { 'content-type': type },
      });
    expect((await post('{}', 'application/json')).status).toBe(415);
    expect((await post('hello', 'text/plain')).status).toBe(415);
    expect((await post('hello', 'multipart/form-data')).status).toBe(400);
    const cut = '--x\r\ncontent-disposition: form-data; name="bundle"; filename="a.tar"\r\n\r\nabc';
    expect((await post(cut, 'multipart/form-data; boundary=x')).status).toBe(400);
    const field = '--x\r\ncontent-disposition: form-data; name="bundle"\r\n\r\nabc\r\n--x--\r\n';
    expect((await post(field, 'multipart/form-data; boundary=x')).status).toBe(400);
    expect(kept(server.dir)).toEqual(before);
  });

  it('that is too large is refused while it comes, and nothing of it stays', async () => {
    const server = await serve('--max-upload', '200k');
    const before = kept(server.dir);
    const answer = await server.post([
      [NAME, GOOD],
      ['large.pcap', new Uint8Array(5_000_000)],
    ]);
    expect(answer.status).toBe(413);
    expect(((await answer.json()) as { error: string }).error).toMatch(/large\.pcap is larger .*200 kB/);
    expect(kept(server.dir)).toEqual(before);
    expect((await server.post([['fits.zip', GOOD]])).status).toBe(202);
  });

  it('that is too large and comes in one piece is refused, not cut', async () => {
    const server = await serve('--max-upload', '10k');
    const before = kept(server.dir);
    const answer = await server.post([['small.pcap', new Uint8Array(20_000)]]);
    expect(answer.status).toBe(413);
    expect(((await answer.json()) as { error: string }).error).toMatch(/small\.pcap is larger .*10 kB/);
    expect(kept(server.dir)).toEqual(before);
  });

  it('that breaks off leaves nothing', async () => {
    const server = shared();
    const before = kept(server.dir).length;
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 999999\r\n\r\n--x\r\nContent-Disposition: form-data; name="bundle"; filename="a.tar"\r\n\r\n${'a'.repeat(50_000)}`,
    );
    await expect.poll(() => kept(server.dir).length, { timeout: 10_000 }).toBe(before + 1);
    socket.destroy();
    await expect.poll(() => kept(server.dir).length, { timeout: 10_000 }).toBe(before);
    expect(await server.list()).toHaveLength(before);
  });

  it('by a form goes to the list', async () => {
    const server = shared();
    const answer = await server.post([[NAME, GOOD]], {}, '/analyses');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/');
    expect(await (await server.get('/')).text()).toContain(NAME);
    const refused = await server.post([], {}, '/analyses');
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toContain('text/html');
  });
});
