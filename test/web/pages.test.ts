import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, Served } from './served.js';

/** A server that has seen many bundles. */

const COUNT = 230;
const id = (n: number): string => n.toString(16).padStart(32, '0');
const received = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();

/** Records as a server leaves them; no. 7 is the one that somebody looks for. */
function pastAnalyses(): string {
  const dir = freshFolder();
  for (let n = 0; n < COUNT; n++) {
    mkdirSync(join(dir, id(n)));
    const record = {
      id: id(n),
      name: n === 7 ? 'needle.tar' : `bundle-${n}.tar`,
      file: 'a.tar',
      bytes: n,
      received: received(n),
    };
    const end = { state: 'failed', finished: received(n), why: 'unreadable', reason: 'nothing in it' };
    writeFileSync(join(dir, id(n), 'meta.json'), JSON.stringify({ ...record, ...end }));
  }
  return dir;
}

interface Page {
  readonly analyses: readonly { readonly id: string; readonly name: string }[];
  readonly total: number;
  readonly next?: string;
}

describe('the list of a long time', () => {
  const list = async (server: Served, query = ''): Promise<Page> =>
    (await (await server.get(`/api/analyses${query}`)).json()) as Page;

  it('comes by the hundred, newest first, each once, also when some are deleted meanwhile', async () => {
    const server = await Served.start(['--data-dir', pastAnalyses()]);
    const first = await list(server);
    expect(first).toMatchObject({ total: COUNT });
    expect(first.analyses.map((a) => a.id)).toEqual(Array.from({ length: 100 }, (_, i) => id(COUNT - 1 - i)));
    // What the cursor points at, one before it and one behind it.
    for (const gone of [first.analyses[99]!.id, first.analyses[3]!.id, id(100)])
      expect((await fetch(`${server.url}/api/analyses/${gone}`, { method: 'DELETE' })).status).toBe(204);
    const seen: string[] = [];
    for (let page = first; page.next !== undefined; ) {
      page = await list(server, `?limit=40&cursor=${encodeURIComponent(page.next)}`);
      expect(page.analyses.length).toBeLessThanOrEqual(40);
      seen.push(...page.analyses.map((a) => a.id));
    }
    const rest = Array.from({ length: COUNT - 100 }, (_, i) => id(COUNT - 101 - i)).filter((one) => one !== id(100));
    expect(seen).toEqual(rest);
    expect(await list(server, '?limit=1000')).toMatchObject({ total: COUNT - 3, analyses: { length: COUNT - 3 } });
  });

  it('is searched as a whole', async () => {
    const server = await Served.start(['--data-dir', pastAnalyses()]);
    expect(await list(server, '?q=needle&limit=10')).toMatchObject({ total: 1, analyses: [{ id: id(7) }] });
    const found = await list(server, '?q=bundle&limit=10');
    expect(found).toMatchObject({ total: COUNT - 1, analyses: { length: 10 } });
    const more = await list(server, `?q=bundle&limit=10&cursor=${found.next}`);
    expect(more.analyses[0]!.id).toBe(id(COUNT - 11));
    const page = await (await server.get('/?q=needle')).text();
    expect(page).toContain('needle.tar');
    const oldest = await (await server.get('/?page=3')).text();
    expect(oldest).toContain('Page 3 of 3');
    expect(oldest).toContain('bundle-0.tar');
    expect(oldest).not.toContain('bundle-200.tar');
  });

  it.each(['limit=0', 'limit=1001', 'limit=many', 'limit=-1', 'limit=1.5', 'cursor=x', 'cursor=../../etc'])(
    'is not given for %s',
    async (query) => {
      const server = await Served.start(['--data-dir', freshFolder()]);
      const answer = await server.get(`/api/analyses?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ error: expect.stringMatching(/limit|cursor/) });
    },
  );
});
