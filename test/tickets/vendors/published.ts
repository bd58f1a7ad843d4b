import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `bin/published-schemas.mjs` brought here: files that the vendors publish, as they are. */

const CACHE = 'node_modules/.cache/podtrail-published';

interface Pin {
  readonly package: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Throws when the file is not there. */
export function published(name: string): Readonly<Record<string, unknown>> {
  const pins = JSON.parse(readFileSync('test/tickets/vendors/published.json', 'utf8')) as readonly Pin[];
  const pin = pins.find(({ files }) => files[name] !== undefined);
  if (pin === undefined) throw new Error(`published.json does not name ${name}`);
  return JSON.parse(readFileSync(join(CACHE, `${name}-${pin.version}.json`), 'utf8')) as Record<string, unknown>;
}
