import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import { wordTable } from '../core/word-table.js';

/**
 * The one door to the network. Credentials go to the host that the user named and to no other, whatever it answers; answers are
 * written by strangers: bounded, read as data, and shown only with control characters spelled out.
 */

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly json?: unknown;
  readonly form?: FormData;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined when it is no JSON. */
  readonly body: unknown;
  readonly text: string;
}

/** Told about every call, without headers and bodies. */
export type Told = (what: {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
}) => void;

const MOST_BYTES = 16 << 20;
const MOST_REDIRECTS = 4;
/** Milliseconds; a file may take longer than a word. */
const PATIENCE = { word: 30_000, file: 300_000 } as const;

/** A request that was answered with a refusal. */
export class Refused extends Failure {
  constructor(
    message: string,
    readonly answer: Answer,
  ) {
    super(message, 1);
  }
}

export class Door {
  /** `secret`: headers that tell who the user is. */
  constructor(
    private readonly secret: Readonly<Record<string, string>>,
    private readonly told: Told = () => undefined,
    private readonly patience: { readonly word: number; readonly file: number } = PATIENCE,
  ) {}

  /** The answer, when it is one of 2xx; throws Refused otherwise, or Failure when there is no answer. */
  async call(call: Call): Promise<Answer> {
    const answer = await this.ask(call);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Refused(this.#why(call, answer), answer);
  }

  /** The answer, whatever it is. */
  async ask(call: Call): Promise<Answer> {
    let { url } = call;
    for (let hop = 0; ; hop++) {
      const begun = Date.now();
      const response = await this.#fetch({ ...call, url });
      this.told({ method: call.method, url, status: response.status, ms: Date.now() - begun });
      const target = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || target === null) return this.#read(response, url);
      const next = new URL(target, url);
      await response.body?.cancel();
      if (next.origin !== new URL(url).origin)
        throw new Failure(
          `${hostOf(url)} sends us on to ${printable(next.origin)}; credentials are not sent there. If that is right, give its URL to --to`,
          1,
        );
      if (call.method !== 'GET' || hop === MOST_REDIRECTS)
        throw new Failure(
          `${hostOf(url)} sends us on to ${printable(next.pathname)}: give the ticket's final URL to --to`,
          1,
        );
      url = next.href;
    }
  }

  async #fetch({ method, url, json, form, bytes, headers }: Call): Promise<Response> {
    const wait = form !== undefined || bytes !== undefined ? this.patience.file : this.patience.word;
    const body = json === undefined ? (form ?? bytes) : JSON.stringify(json);
    try {
      return await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'podtrail',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(bytes === undefined ? {} : { 'content-type': 'application/octet-stream' }),
          ...headers,
          ...this.secret,
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(wait),
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw new Failure(whyNoAnswer(error, url, wait), 1);
    }
  }

  async #read(response: Response, url: string): Promise<Answer> {
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of response.body ?? []) {
        size += part.length;
        if (size > MOST_BYTES) throw new Failure(`${hostOf(url)} answers with more than ${MOST_BYTES >> 20} MB`, 1);
        parts.push(part);
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(whyNoAnswer(error, url, this.patience.word), 1);
    }
    const text = Buffer.concat(parts).toString('utf8');
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { status: response.status, headers: response.headers, body, text };
  }

  #why({ method, url }: Call, { status, text }: Answer): string {
    const said = this.#clean(text);
    const reason =
      REASONS[status] ?? (status >= 500 ? 'it has a fault of its own; try later' : 'it refuses this request');
    return `${hostOf(url)} answers ${status} to ${method} ${printable(new URL(url).pathname)}: ${reason}${said === '' ? '' : `. It says: ${said}`}`;
  }

  /** What a server says, harmless to show, on one line, without the credentials that it may repeat. */
  #clean(text: string): string {
    let said = /^\s*</.test(text) ? '' : text;
    for (const value of Object.values(this.secret))
      for (const part of value.split(' ')) if (part.length > 5) said = said.replaceAll(part, '[token]');
    return printable(said.replace(/\s+/g, ' ').trim()).slice(0, 300);
  }
}

const hostOf = (url: string): string => new URL(url).host;

const REASONS: Readonly<Record<number, string>> = {
  401: 'the token is wrong, expired, or the interface for programs is switched off',
  403: 'the token is good, but not for this: it may lack the right to comment or attach here',
  404: 'there is no such ticket, or this token may not see it',
  413: 'the attachment is too large for it',
  422: 'it does not accept what was sent',
  429: 'too many requests; wait and try again',
};

const TLS = wordTable<string>({
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that this machine does not know, or it does not send the whole chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
});

function whyNoAnswer(error: unknown, url: string, wait: number): string {
  const host = hostOf(url);
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `${host} did not answer within ${wait / 1000} s`;
  const cause =
    error instanceof Error
      ? (error.cause as { readonly code?: string; readonly message?: string } | undefined)
      : undefined;
  const code = cause?.code ?? '';
  if (TLS[code] !== undefined)
    return `no safe connection to ${host}: ${TLS[code]} (${code}). If that is your own authority, name its certificate with NODE_EXTRA_CA_CERTS=FILE`;
  if (code === 'ECONNREFUSED') return `${host} refuses connections`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `${host} has no address: is the name right, and the name server there?`;
  if (/SSL|TLS/.test(code)) return `no safe connection to ${host} (${code}): does it speak https there?`;
  return `no answer from ${host}: ${printable(code || cause?.message || String(error)).slice(0, 200)}`;
}
