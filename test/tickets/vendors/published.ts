import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** What `bin/published-schemas.mjs` brought here: files that the vendors publish, as they are. */

const CACHE = 'node_modules/.cache/podtrail-published';

interface Pin {
  readonly package: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A file as it was published. Throws when it is not there. */
export function publishedText(name: string): string {
  const pins = JSON.parse(readFileSync('test/tickets/vendors/published.json', 'utf8')) as readonly Pin[];
  const pin = pins.find(({ files }) => files[name] !== undefined);
  if (pin === undefined) throw new Error(`published.json does not name ${name}`);
  return readFileSync(join(CACHE, `${name}-${pin.version}${extname(pin.files[name]!)}`), 'utf8');
}

export const published = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(publishedText(name)) as Record<string, unknown>;
