import { printable } from '../../core/escape.js';

/** Characters of a stored name, and bytes of it in UTF-8 (file systems take 255). */
const LONGEST = 120;
const MOST_BYTES = 240;
const SHOWN = 200;
const FALLBACK = 'bundle';

/** The last part of what a browser or a script calls the file: some send whole paths, Windows ones too. */
const lastPart = (name: string): string => name.split(/[/\\]/).at(-1) ?? '';

/** The name for people: control and directional characters spelled out, shortened in the middle. */
export function shownName(name: string): string {
  const text = printable(lastPart(name)).trim();
  if (text === '') return FALLBACK;
  const characters = [...text];
  if (characters.length <= SHOWN) return text;
  return `${characters.slice(0, SHOWN - 41).join('')}…${characters.slice(-40).join('')}`;
}

/** `.tar.gz`, `.pcapng`: the one or two last parts that look like a suffix. */
const SUFFIX = /(?:\.[\p{L}\p{N}_-]{1,12}){1,2}$/u;

/**
 * The name on disk: letters, digits, `.`, `_` and `-` of any script, no leading dot, at most 120 characters, the suffix
 * kept. An ordinary name stays as it is: the report is to name the bundle, and tell nodes by it, as `podtrail analyze` does.
 */
export function storedName(name: string): string {
  const clean = lastPart(name)
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '_')
    .replace(/^\.+/, '');
  if (clean === '') return FALLBACK;
  const suffix = [...(SUFFIX.exec(clean)?.[0] ?? '')];
  const stem = [...clean].slice(0, [...clean].length - suffix.length);
  const room = LONGEST - suffix.length;
  let kept = stem.slice(0, room);
  while (kept.length > 0 && Buffer.byteLength([...kept, ...suffix].join('')) > MOST_BYTES) kept = kept.slice(0, -1);
  const stored = [...kept, ...suffix].join('').replace(/^\.+/, '');
  return stored === '' ? FALLBACK : stored;
}
