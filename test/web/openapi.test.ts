import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, it } from 'vitest';
import { bundle, sharedServer } from './served.js';

interface Operation {
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
  await holds('delete', '/api/analyses/{id}', 404, (at) => fetch(server.url + at, { method: 'DELETE' }), nobody);
  await holds('delete', '/api/analyses/{id}', 204, (at) => fetch(server.url + at, { method: 'DELETE' }));

  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.filter((one) => !visited.has(one))).toEqual([]);
});
