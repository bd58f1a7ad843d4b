/** What stands on both sides of the name: at least two signs in a row, as `##### w1 #####`, `--- w1 ---`, `==[ w1 ]==`. */
const FRAMED =
  /^\s*([#=*-]{2,80})[ \t[]{1,3}(?:(?:node|host|server|machine)[ :]\s{0,3})?([a-z0-9][\w.-]{0,252})[ \t\]]{1,3}([#=*-]{2,80})\s*$/i;

/**
 * The single word of a framed heading that names no command: `w1` of `##### w1 #####` and of `== node w1 ==`. It may be a node's
 * name or anybody's word (`--- routes ---`): who knows the nodes decides. Undefined for every other line.
 */
export function sectionOf(line: string): string | undefined {
  if (line.length > 400) return undefined;
  const [, before, name, after] = FRAMED.exec(line) ?? [];
  return before !== undefined && name !== undefined && before[0] === after?.[0] ? name : undefined;
}
