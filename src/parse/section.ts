import { isNoName } from './no-name.js';

const NAME = String.raw`([a-z0-9][\w.-]{0,252})`;
const ROLE = '(?:agent|compute|control[ -]plane|host|k8s|kubernetes|machine|master|node|server|slave|vm|worker) ';

/**
 * What stands on both sides of the name: at least two signs in a row, as `##### w1 #####`, `--- w1 ---`, `==[ w1 ]==`; also behind an
 * address, `---- 10.1.2.3 ( w1 ) ----`.
 */
const FRAMED = new RegExp(
  String.raw`^\s*([#=*-]{2,80})[ \t[]{1,3}(?:(?:node|host|server|machine)[ :]\s{0,3})?(?:[\da-f.:]{7,45} ?\( ?)?${NAME}(?: ?\))?[ \t\]]{1,3}([#=*-]{2,80})\s*$`,
  'i',
);
/** `From master node w1:`, `On w1:`, `Worker w1:`, also as Markdown's heading. */
const SAID = new RegExp(
  String.raw`^([\s#*>]{0,8})(?:(?:from|on|at) (?:the )?(?:${ROLE}){0,2}|(?:the )?(?:${ROLE}){1,2})[\x60*"']{0,3}${NAME}[\x60"']?\s?(:?\**:?)\s*$`,
  'i',
);
/** `**w1**`, `**w1:**`. */
const BOLD = new RegExp(String.raw`^\s*\*\*${NAME}:?\*\*:?\s*$`, 'i');
/**
 * The single word of a heading that names no command: `w1` of `##### w1 #####`, of `== node w1 ==` and of `From node w1:`. It may be a
 * node's name or anybody's word (`--- routes ---`): who knows the nodes decides. Undefined for every other line.
 */
export function sectionOf(line: string): string | undefined {
  if (line.length > 400) return undefined;
  const [, before, framed, after] = FRAMED.exec(line) ?? [];
  if (framed !== undefined) return before![0] === after![0] ? framed : undefined;
  const [, signs, said, end] = SAID.exec(line) ?? [];
  const name = said !== undefined && (/[#*]/.test(signs!) || end !== '') ? said : BOLD.exec(line)?.[1];
  return name === undefined || isNoName(name) ? undefined : name;
}
