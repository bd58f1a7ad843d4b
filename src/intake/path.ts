/**
 * Names of members. Nothing is ever written to such a path, but it is shown, and a name that points out of the
 * archive was not made by a collector.
 */
import { basename } from 'node:path';
import { printable } from '../core/escape.js';

export type MemberPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly path: string; readonly reason: string };

/** Checks a name and makes it what `tar t` prints, without a leading `./`; control characters are spelled out. `longest` is in characters. */
export function memberPath(name: string, longest: number): MemberPath {
  let path = name;
  while (path.startsWith('./')) path = path.replace(/^\.\/+/, '');
  path = printable(path);
  if (path.length > longest) {
    return { ok: false, path: `${path.slice(0, 200)}…`, reason: `path longer than ${longest} characters: left out` };
  }
  if (path === '' || path === '.') return { ok: false, path: '.', reason: 'entry without a name: left out' };
  if (path.split('/').includes('..')) {
    return { ok: false, path, reason: 'path that leads out of its archive (..): left out' };
  }
  return { ok: true, path };
}

/** `/var/log/x` of `tar -P`, `C:/Users/x` of a zip made on Windows. */
const ROOT = /^(?:[A-Za-z]:)?\/+/;

/** Why a member's path differs from the name in its archive. */
export const ROOT_REMOVED = 'absolute paths in the archive: read without the leading /';

/** The same for a name in an archive. An absolute one loses its root, as with `tar x` and `unzip`; `absolute` says so. */
export function archivedPath(name: string, longest: number): MemberPath & { readonly absolute: boolean } {
  const absolute = ROOT.test(name);
  return { ...memberPath(absolute ? name.replace(ROOT, '') : name, longest), absolute };
}

/** What an input is called in reports: the last part of its path, never the way to it. */
export const inputName = (path: string): string => (path === '-' ? 'stdin' : basename(path) || path);
