import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import swagger from '@fastify/swagger';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type FastifyInstance, fastify } from 'fastify';
import { expect, it } from 'vitest';
import { bundle, sharedServer } from './served.js';

type Add = (app: FastifyInstance, house: object) => void;

interface Operation {
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly properties: object } }>>;
  };
  readonly operationId?: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const shared = sharedServer();
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

it('every route of the description answers as it says', { timeout: 120_000 }, async () => {
  const server = shared();
  const { openapi, paths } = (await (await server.get('/api/openapi.json')).json()) as Description;
  expect(openapi).toMatch(/^3\.1\./);
  const good = readFileSync(bundle('004-missing-pod-route.zip'));
  const { id } = (await (await server.post([['a.zip', good]])).json()) as { id: string };
  await server.finished(id);
  const nobody = '0'.repeat(32);

  const visited = new Set<string>();
  /** Asks, and holds the answer against what the description says of its status and type. */
  const holds = async (
    method: string,
    path: string,
    status: number,
    ask: (address: string) => Promise<Response>,
    at = id,
  ): Promise<void> => {
    const operation = paths[path]?.[method];
    expect(operation, `${method} ${path} is described`).toBeDefined();
    visited.add(`${method} ${path}`);
    const answer = await ask(path.replace('{id}', at));
    expect(answer.status, `${method} ${path}`).toBe(status);
    const said = operation!.responses[status];
    expect(said, `${method} ${path} ${status} is described`).toBeDefined();
    const [type] = (answer.headers.get('content-type') ?? '').split(';');
    if (type === '') return expect(said!.content).toBeUndefined();
    expect(Object.keys(said!.content!), `${method} ${path} ${status}`).toEqual([type]);
    if (type !== 'application/json') return void (await answer.body?.cancel());
    const valid = ajv.compile(said!.content![type]!.schema);
    const body: unknown = await answer.json();
    // A report as a download is the contract's, not this description's.
    if (path.startsWith('/analyses/')) return;
    expect(valid(body), `${method} ${path} ${status}: ${ajv.errorsText(valid.errors)}`).toBe(true);
  };
  const get = (address: string) => server.get(address);

  await holds('get', '/healthz', 200, get);
  await holds('get', '/api/analyses', 200, get);
  await holds('get', '/api/analyses', 200, (at) => server.get(`${at}?q=zip&limit=1`));
  await holds('get', '/api/analyses', 400, (at) => server.get(`${at}?limit=0`));
  await holds('get', '/api/analyses/{id}', 200, get);
  await holds('get', '/api/analyses/{id}', 404, get, nobody);
  await holds('get', '/api/events', 200, get);
  await holds('get', '/api/analyses/{id}/events', 200, get);
  await holds('get', '/api/analyses/{id}/events', 404, get, nobody);
  for (const form of ['report.html', 'report.md', 'report.json', 'evidence.tar.gz'])
    for (const query of ['', '?redact=1'])
      await holds('get', `/analyses/{id}/${form}`, 200, (at) => server.get(at + query));
  await holds('post', '/api/analyses', 202, (at) =>
    server.post(
      [
        ['a.zip', good],
        ['b.zip', good],
      ],
      {},
      at,
    ),
  );
  await holds('post', '/api/analyses', 400, (at) => server.post([], {}, at));
  await holds('post', '/api/analyses', 403, (at) => server.post([], { origin: 'http://evil.example' }, at));
  await holds('post', '/api/analyses', 415, (at) => fetch(server.url + at, { method: 'POST', body: 'x' }));
  const form = (at: string) => fetch(server.url + at, { method: 'POST', redirect: 'manual' });
  await holds('get', '/', 200, get);
  await holds('get', '/api/openapi.json', 200, get);
  await holds('get', '/analyses/{id}', 200, get);
  await holds('get', '/analyses/{id}', 404, get, nobody);
  await holds('get', '/analyses/{id}/report.md', 400, (at) => server.get(`${at}?redact=x`));
  await holds('get', '/analyses/{id}/report.md', 404, get, nobody);
  await holds('get', '/analyses/{id}/delete', 200, get);
  await holds('get', '/login', 303, get);
  await holds('post', '/login', 303, form);
  await holds('post', '/logout', 303, form);
  await holds('post', '/analyses', 303, (at) => server.post([['a.zip', good]], {}, at));
  await holds('post', '/analyses', 400, (at) => server.post([], {}, at));
  await holds('post', '/analyses/{id}/delete', 404, form, nobody);
  const { id: another } = (await (await server.post([['a.zip', good]])).json()) as { id: string };
  await holds('post', '/analyses/{id}/delete', 303, form, another);
  await holds('delete', '/api/analyses/{id}', 404, (at) => fetch(server.url + at, { method: 'DELETE' }), nobody);
  await holds('delete', '/api/analyses/{id}', 204, (at) => fetch(server.url + at, { method: 'DELETE' }));

  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.filter((one) => !visited.has(one))).toEqual([]);
});

it('every route that the server has is described', async () => {
  const app = fastify();
  const registered = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    // Each GET answers HEAD as well.
    for (const one of [method].flat())
      if (one !== 'HEAD') registered.add(`${one.toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  app.addContentTypeParser('multipart/form-data', () => undefined);
  await app.register(swagger);
  // The style and the scripts of our own pages are no interface.
  for (const file of readdirSync('src/web/routes').filter((name) => name !== 'assets.ts')) {
    const place = resolve('src/web/routes', file);
    const room = (await import(place)) as Record<string, unknown>;
    for (const [name, add] of Object.entries(room)) if (name.endsWith('Routes')) (add as Add)(app, {});
  }
  expect(registered.size).toBeGreaterThan(18);
  const { paths } = (await (await shared().get('/api/openapi.json')).json()) as Description;
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.sort()).toEqual([...registered].sort());
  const upload = paths['/api/analyses']!['post']!.requestBody?.content['multipart/form-data']?.schema;
  expect(Object.keys(upload?.properties ?? {})).toEqual(['bundle']);
});
