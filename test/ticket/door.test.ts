import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Door } from '../../src/ticket/door.js';

/** Credentials go to one host; whatever that answers, the user gets a sentence and no stranger's escape sequences. */

const SECRET = 'tok-0123456789';
const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const door = (patience = { word: 5_000, file: 5_000 }) =>
  new Door({ authorization: `Bearer ${SECRET}` }, undefined, patience);

describe('the door to ticket systems', () => {
  it('does not follow a redirect to another host', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    const url = await serving((_, response) => response.writeHead(302, { location: `${other}/x` }).end());
    await expect(door().call({ method: 'GET', url })).rejects.toThrow(/credentials are not sent there/);
    expect(seen).toEqual([]);
  });

  it('follows one within the host for reading, and none for writing', async () => {
    const url = await serving((request, response) =>
      request.url === '/there' ? response.end('{"ok":1}') : response.writeHead(301, { location: '/there' }).end(),
    );
    expect((await door().call({ method: 'GET', url: `${url}/here` })).body).toEqual({ ok: 1 });
    await expect(door().call({ method: 'POST', url: `${url}/here`, json: {} })).rejects.toThrow(/final URL/);
  });

  it('does not follow for ever', async () => {
    const url = await serving((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(door().call({ method: 'GET', url })).rejects.toThrow(/sends us on/);
  });

  it.each([
    [401, /the token is wrong/],
    [403, /lack the right/],
    [404, /no such ticket/],
    [413, /too large/],
    [429, /too many requests/],
    [503, /fault of its own/],
  ])('explains %d', async (status, words) => {
    const url = await serving((_, response) => response.writeHead(status).end('{"message":"no"}'));
    await expect(door().call({ method: 'GET', url })).rejects.toThrow(words);
  });

  it('shows what a server says without escapes and without the token', async () => {
    const url = await serving((_, response) =>
      response.writeHead(400).end(`bad \u001b[31m${SECRET} \u202e${'x'.repeat(5000)}`),
    );
    const error = await door()
      .call({ method: 'GET', url })
      .catch((e: Error) => e);
    const { message } = error as Error;
    expect(message).toContain('\\x1b[31m[token] \\u202e');
    expect(message).not.toContain(SECRET);
    expect(message.length).toBeLessThan(600);
  });

  it('gives up on a server that does not answer', async () => {
    const url = await serving(() => undefined);
    await expect(door({ word: 200, file: 200 }).call({ method: 'GET', url })).rejects.toThrow(
      /did not answer within 0.2 s/,
    );
  });

  it('reads no endless answer', async () => {
    const url = await serving((_, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(1 << 20)));
        response.once('drain', more);
      };
      response.on('error', () => undefined);
      more();
    });
    await expect(door({ word: 60_000, file: 60_000 }).call({ method: 'GET', url })).rejects.toThrow(/more than 16 MB/);
  });

  it('says why there is no connection', async () => {
    await expect(door().call({ method: 'GET', url: 'http://127.0.0.1:1/' })).rejects.toThrow(
      /refuses connections|no answer/,
    );
    const url = await serving((_, response) => response.end());
    await expect(door().call({ method: 'GET', url: url.replace('http:', 'https:') })).rejects.toThrow(
      /no safe connection/,
    );
  });

  it('tells nobody its headers', async () => {
    const told: unknown[] = [];
    const url = await serving((_, response) => response.end('{}'));
    await new Door({ authorization: SECRET }, (what) => told.push(what)).call({ method: 'POST', url, json: { a: 1 } });
    expect(JSON.stringify(told)).toContain('"status":200');
    expect(JSON.stringify(told)).not.toContain(SECRET);
  });
});
