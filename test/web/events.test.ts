import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Summary } from '../../src/web/summary.js';
import { bundle, type Housed, sharedServer } from './served.js';

const GOOD = readFileSync(bundle('004-missing-pod-route.zip'));

interface News {
  readonly event: string;
  readonly data: Summary;
}

/** Reads a stream of events until `enough` says so. */
async function listen(server: Housed, path: string, enough: (news: readonly News[]) => boolean): Promise<News[]> {
  const stop = new AbortController();
  const answer = await fetch(server.url + path, { signal: stop.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const news: News[] = [];
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined) news.push({ event, data: JSON.parse(data!) as Summary });
    }
    if (enough(news)) break;
  }
  stop.abort();
  return news;
}

describe('live states', () => {
  const shared = sharedServer();

  it('of one analysis: its place in the queue, stages and counts, and the end', async () => {
    const server = shared();
    const answer = await server.post([
      ['a.zip', GOOD],
      ['b.zip', GOOD],
      ['c.zip', GOOD],
    ]);
    const { ids } = (await answer.json()) as { ids: string[] };
    const news = await listen(server, `/api/analyses/${ids[2]}/events`, (all) => all.at(-1)?.data.state === 'done');
    expect(new Set(news.map(({ data }) => data.id))).toEqual(new Set([ids[2]]));
    const positions = news.flatMap(({ data }) => data.position ?? []);
    expect(positions.at(0)).toBe(2);
    expect(positions.at(-1)).toBe(1);
    const states = news.map(({ data }) => data.state);
    expect([...new Set(states)]).toEqual(['queued', 'running', 'done']);
    const counted = news.flatMap(({ data }) => data.progress ?? []);
    expect(counted.some(({ bytes, packets }) => bytes > 0 && packets > 0)).toBe(true);
    expect(news.at(-1)?.data.status).toBe('Diagnosed: missing-pod-route (proven)');
    expect(news.some(({ data }) => /Looking for causes in 12 kB, 185 packets/.test(data.status))).toBe(true);
  });

  it('of all: what is not finished first, then every change, also that one is gone', async () => {
    const server = shared();
    const { ids } = (await (
      await server.post([
        ['d.zip', GOOD],
        ['e.zip', GOOD],
      ])
    ).json()) as { ids: string[] };
    const heard = listen(server, '/api/events', (all) => all.some(({ event }) => event === 'gone'));
    await new Promise((done) => setTimeout(done, 600));
    await fetch(`${server.url}/api/analyses/${ids[1]}`, { method: 'DELETE' });
    const news = await heard;
    expect(new Set(news.map(({ data }) => data.id))).toEqual(new Set(ids));
    // The other one may be done in the same breath.
    expect(news).toContainEqual({ event: 'gone', data: { id: ids[1] } });
  });

  it('of what does not exist are not to be had', async () => {
    expect((await shared().get(`/api/analyses/${'0'.repeat(32)}/events`)).status).toBe(404);
  });

  it('do not keep the server from ending', async () => {
    const server = shared();
    void fetch(`${server.url}/api/events`)
      .then((answer) => answer.text())
      .catch(() => undefined);
    await new Promise((done) => setTimeout(done, 300));
    const started = Date.now();
    expect(await server.stop()).toBe(0);
    expect(Date.now() - started).toBeLessThan(5000);
  });
});
