import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';

/** A server that has the published interface of a ticket system and no more: what does not fit it is a violation. */

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 uses it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Files of a multipart body, by the name of their field. */
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: number }[];
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** As OpenAPI writes it: `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, Schema>>;
  /** Headers that the interface demands, in lower case, beside the credentials. */
  readonly headers?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** Name of the one field that holds files. */
  readonly multipart?: string;
  /** Answers by status; what the server of the test says must fit too. */
  readonly answers: Readonly<Record<number, Schema>>;
  readonly answer: (asked: Asked) => { readonly status: number; readonly body?: unknown };
}

export interface Vendor {
  readonly endpoints: readonly Endpoint[];
  /** The header that must hold the credentials, and its value. */
  readonly secret: readonly [header: string, value: string];
  readonly refusal: Schema;
  readonly wrongToken: unknown;
}

export interface Served {
  readonly url: string;
  readonly violations: readonly string[];
  readonly stop: () => Promise<void>;
}

const ajv = new Ajv({ allErrors: true, strict: false });

function misfits(schema: Schema, value: unknown, where: string): string[] {
  const validate = ajv.compile(schema);
  return validate(value) === true ? [] : (validate.errors ?? []).map((e) => `${where}${e.instancePath} ${e.message}`);
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function serveVendor({ endpoints, secret, refusal, wrongToken }: Vendor): Promise<Served> {
  const violations: string[] = [];
  const patterns = endpoints.map((endpoint) => [endpoint, patternOf(endpoint.path)] as const);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
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
    const path = request.url!.split('?')[0]!;
    const found = patterns.find(([{ method }, pattern]) => method === request.method && pattern.test(path));
    if (found === undefined) return broken(['the interface has no such address']);
    const [endpoint, pattern] = found;
    const query = Object.fromEntries(url.searchParams);
    const said = [
      ...Object.entries(query).flatMap(([name, value]) => {
        const schema = endpoint.query?.[name];
        return schema === undefined ? [`no parameter ${name}`] : misfits(schema, asTyped(schema, value), `?${name}`);
      }),
      ...Object.entries(endpoint.headers ?? {}).flatMap(([name, schema]) =>
        misfits(schema, request.headers[name], `header ${name}`),
      ),
    ];
    const type = request.headers['content-type'] ?? '';
    let body: unknown;
    let files: Asked['files'] = [];
    if (endpoint.multipart !== undefined) {
      if (!type.startsWith('multipart/form-data')) said.push('wants multipart/form-data');
      else {
        const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
        files = [...form].flatMap(([field, value]) =>
          typeof value === 'string' ? [] : [{ field, name: value.name, bytes: value.size }],
        );
        if (files.length !== 1 || files[0]!.field !== endpoint.multipart)
          said.push(`wants one file in the field ${endpoint.multipart}`);
      }
    } else if (endpoint.body !== undefined) {
      if (!type.startsWith('application/json')) said.push('wants application/json');
      try {
        body = JSON.parse(raw.toString('utf8'));
        said.push(...misfits(endpoint.body, body, 'body'));
      } catch {
        said.push('the body is no JSON');
      }
    } else if (raw.length > 0) said.push('takes no body');
    if (said.length > 0) return broken(said);
    const params = Object.fromEntries(
      Object.entries(pattern.exec(path)?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    const answer = endpoint.answer({ params, query, body, files });
    const schema = endpoint.answers[answer.status] ?? refusal;
    // The stand-in must not say what the vendor would not.
    violations.push(...misfits(schema, answer.body, `${what}: answer ${answer.status}`));
    send(answer.status, answer.body);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      violations.push(`the server of the test failed: ${String(error)}`);
      response.destroy();
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

const asTyped = (schema: Schema, value: string): unknown =>
  schema['type'] === 'integer' && /^-?\d+$/.test(value) ? Number(value) : value;
