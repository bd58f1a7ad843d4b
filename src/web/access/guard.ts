import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.js';
import { foreign, namesThisMachine } from './origin.js';
import type { Token } from './token.js';
import { Tries } from './tries.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served to everybody: no secret in it. */
    readonly open?: boolean;
  }
}

export const COOKIE = 'podtrail';
const COOKIE_VALUE = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{64})(?:;|$)`);
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const SECONDS = 8;

/** Who may ask, and who may change something. Everything is refused before one byte of a body is read. */
export class Guard {
  readonly #tries = new Tries();

  constructor(private readonly token: Token | undefined) {}

  install(app: FastifyInstance): void {
    app.addHook('onRequest', async (request) => {
      if (this.token === undefined && !namesThisMachine(request.headers.host))
        throw new Refusal(
          403,
          'This server serves its own machine only. Open it as localhost, or start it with --token.',
        );
      if (!READING.has(request.method)) {
        const why = foreign(request.headers);
        if (why !== undefined) throw new Refusal(403, `Refused: the request comes from another site (${why}).`);
      }
      if (request.routeOptions.config.open !== true) await this.#admit(request);
    });
  }

  /** Compares a token that somebody gives; slow to answer after wrong ones. */
  async opens(request: FastifyRequest, offered: string): Promise<boolean> {
    if (this.token === undefined) return true;
    if (this.#tries.full(request.ip)) throw new Refusal(429, 'Too many wrong tokens from this address.', SECONDS);
    if (this.token.matches(offered)) return true;
    await this.#tries.wrong(request.ip);
    return false;
  }

  hasCookie({ headers }: FastifyRequest): boolean {
    const [, value] = COOKIE_VALUE.exec(headers.cookie ?? '') ?? [];
    return value !== undefined && this.token?.matchesCookie(value) === true;
  }

  async #admit(request: FastifyRequest): Promise<void> {
    if (this.token === undefined || this.hasCookie(request)) return;
    const [, offered] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    if (offered !== undefined && (await this.opens(request, offered))) return;
    throw new Refusal(401, offered === undefined ? 'A token is needed.' : 'The token is wrong.');
  }
}
