import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Description, type Schema } from './openapi.js';

/** A server that has the published interface of a ticket system and no more: what does not fit it is a violation. */

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Files of a multipart body, by the name of their field. */
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: Uint8Array }[];
}

/** An operation of the document that podtrail uses, and what the document leaves to words. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** As the document writes it: `/repos/{owner}/{repo}`. */
  readonly path: string;
  /** Headers that the interface demands, in lower case, beside the credentials. */
  readonly headers?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** Name of the one field that holds files. */
  readonly multipart?: string;
  readonly answer: (asked: Asked) => {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

export interface Vendor {
  readonly document: Schema;
  /** More that the vendor publishes, by the name that references to it have. */
  readonly schemas?: Readonly<Record<string, Schema>>;
  /** Where the document's paths begin on the server. */
  readonly base: string;
  readonly endpoints: readonly Endpoint[];
  /** The header that must hold the credentials, and its value. */
  readonly secret: readonly [header: string, value: string];
  /** A refusal, where the document does not say how it looks. */
  readonly refusal: Schema;
  readonly wrongToken: unknown;
}

export interface Served {
  readonly url: string;
  readonly violations: readonly string[];
  readonly stop: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function serveVendor(vendor: Vendor): Promise<Served> {
  const { endpoints, secret, refusal, wrongToken } = vendor;
  const description = new Description(vendor.document, vendor.schemas);
  const violations: string[] = [];

  /** The body as the operation wants it, and what is wrong with it. */
  async function readBody(
    { method, path, multipart, body: extra }: Endpoint,
    raw: Buffer,
    type: string,
  ): Promise<Pick<Asked, 'body' | 'files'> & { readonly said: readonly string[] }> {
    const takes = description.bodyTypes(method, path) ?? [];
    if (multipart !== undefined) {
      if (takes.length > 0 && !takes.includes('multipart/form-data'))
        return { body: undefined, files: [], said: ['takes no files'] };
      if (!type.startsWith('multipart/form-data'))
        return { body: undefined, files: [], said: ['wants multipart/form-data'] };
      const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
      const files: Asked['files'][number][] = [];
      for (const [field, value] of form)
        if (typeof value !== 'string')
          files.push({ field, name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
      const right = files.length === 1 && files[0]!.field === multipart && [...form].length === 1;
      return { body: undefined, files, said: right ? [] : [`wants one file in the field ${multipart}`] };
    }
    if (!takes.includes('application/json') && extra === undefined)
      return { body: undefined, files: [], said: raw.length > 0 ? ['takes no body'] : [] };
    if (!type.startsWith('application/json')) return { body: undefined, files: [], said: ['wants application/json'] };
    let body: unknown;
    try {
      body = JSON.parse(raw.toString('utf8'));
    } catch {
      return { body, files: [], said: ['the body is no JSON'] };
    }
    const said = [...description.misfitsOfBody(method, path, body), ...description.misfits(extra, body, 'body')];
    return { body, files: [], said };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    const raw = await bodyOf(request);
    const url = new URL(request.url!, 'http://localhost');
    const what = `${request.method} ${url.pathname}`;
    const broken = (said: readonly string[]): void => {
      violations.push(...said.map((each) => `${what}: ${each}`));
      send(400, { message: said.join('; ') });
    };
    if (request.headers[secret[0]] !== secret[1]) return send(401, wrongToken);
    // Paths hold a project's name with its slash encoded; they are compared as they came.
    const whole = request.url!.split('?')[0]!;
    const path = whole.startsWith(`${vendor.base}/`) ? whole.slice(vendor.base.length) : '';
    const template = description.pathOf(request.method!, path);
    if (template === undefined) return broken(['the interface has no such address']);
    const endpoint = endpoints.find((each) => each.method === request.method && each.path === template);
    if (endpoint === undefined) return broken([`podtrail is not known to ask for ${template}`]);
    const { method } = endpoint;
    const { body, files, said } = await readBody(endpoint, raw, request.headers['content-type'] ?? '');
    const wrong = [
      ...description.misfitsOfAddress(method, template, { path, query: url.searchParams, headers: request.headers }),
      ...Object.entries(endpoint.headers ?? {}).flatMap(([name, schema]) =>
        description.misfits(schema, request.headers[name], `header ${name}`),
      ),
      ...said,
    ];
    if (wrong.length > 0) return broken(wrong);
    const query = Object.fromEntries(url.searchParams);
    const answer = endpoint.answer({ params: description.params(template, path), query, body, files });
    // The stand-in must not say what the vendor would not.
    violations.push(
      ...(
        description.misfitsOfAnswer(method, template, answer.status, answer.body) ??
        (answer.status < 300 ? [] : description.misfits(refusal, answer.body, `answer ${answer.status}`))
      ).map((each) => `${what}: ${each}`),
    );
    send(answer.status, answer.body, answer.headers);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      violations.push(`the server of the test failed: ${String(error)}`);
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    violations,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
