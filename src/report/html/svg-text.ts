import { printable } from '../../core/escape.js';

/**
 * SVG does not break lines, and a renderer without a browser cannot measure: these are the widths of one character, in units of the
 * picture, in the widest of the usual fonts (DejaVu) at the sizes that the stylesheet sets. Other fonts leave some room.
 */
export const SANS = 7.1;
export const MONO = 7.0;
export const SMALL = 6.3;

/** The text, cut with an ellipsis where it is wider than the room. Invisible characters are spelled out first: they take room. */
export function clipped(text: string, room: number, character: number): string {
  const visible = printable(text);
  const most = Math.max(2, Math.floor(room / character));
  return visible.length <= most ? visible : `${visible.slice(0, most - 1)}…`;
}

/** Lines of at most this room, broken at spaces, at places where addresses and names break well, or anywhere; the last is cut. */
export function lines(text: string, room: number, character: number, most: number): readonly string[] {
  const limit = Math.max(4, Math.floor(room / character));
  const out: string[] = [];
  let rest = printable(text).trim();
  while (rest.length > limit && out.length < most - 1) {
    const space = rest.lastIndexOf(' ', limit);
    const at = space > limit / 2 ? space : limit;
    out.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  if (rest !== '') out.push(clipped(rest, room, character));
  return out;
}
