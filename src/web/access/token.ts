import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that tells nothing of how much is right: both sides are hashed first, so that lengths are equal. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/**
 * The one secret that opens the server. A browser gets a cookie that is made from it with a key that never leaves the
 * data folder: the cookie does not tell the token, cannot be guessed from guesses at the token, outlives a restart, and
 * dies with the token.
 */
export class Token {
  readonly #cookie: string;

  constructor(
    private readonly secret: string,
    key: Buffer,
  ) {
    this.#cookie = createHmac('sha256', key).update(secret).digest('hex');
  }

  matches(offered: string): boolean {
    return same(offered, this.secret);
  }

  get cookie(): string {
    return this.#cookie;
  }

  matchesCookie(offered: string): boolean {
    return same(offered, this.#cookie);
  }
}

/** The key of the data folder, made at first use. */
export function cookieKey(dir: string): Buffer {
  const path = join(dir, '.cookie-key');
  try {
    return readFileSync(path);
  } catch {
    const key = randomBytes(32);
    writeFileSync(path, key, { mode: 0o600, flag: 'w' });
    return key;
  }
}
