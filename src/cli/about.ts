import { InvalidArgumentError } from 'commander';
import type { About } from '../analyze.js';

/** `POD|ADDRESS -> POD|SERVICE|ADDRESS[:PORT]` */
export function parseAbout(text: string): About {
  const match =
    /^\s*(\S+)\s*(?:->|=>|to)\s*(\[[^\]]+\]|[^\s:]+(?::[0-9a-fA-F:]*::?[0-9a-fA-F:.]*)?|[0-9a-fA-F:]{3,}?)(?::(\d{1,5}))?\s*$/.exec(
      text,
    );
  if (match === null)
    throw new InvalidArgumentError(
      "write it as 'web-1 -> 10.96.0.1:443' (pod, node or address; then pod, service or address, and a port if you know it)",
    );
  return {
    from: match[1]!,
    to: match[2]!.replace(/^\[|\]$/g, ''),
    port: match[3] === undefined ? undefined : Number(match[3]),
  };
}
