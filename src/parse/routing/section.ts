import { isNoName } from './no-name.js';

const NAME = String.raw`([a-z0-9][\w.-]{0,252})`;
const ROLE = '(?:agent|compute|control[ -]plane|host|k8s|kubernetes|machine|master|node|server|slave|vm|worker) ';

/**
 * What stands on both sides of the name: at least two signs in a row, as `##### w1 #####`, `--- w1 ---`, `==[ w1 ]==`, `==> w1 <==`; also behind an
 * address, `---- 10.1.2.3 ( w1 ) ----`.
 */
const FRAMED = new RegExp(
  String.raw`^\s*([#=*-]{2,80})>?[ \t[]{1,3}(?:(?:node|host|server|machine)[ :]\s{0,3})?(?:[\da-f.:]{7,45} ?\( ?)?${NAME}(?: ?\))?[ \t\]]{1,3}<?([#=*-]{2,80})\s*$`,
  'i',
);
/** `From master node w1:`, `On w1:`, `Worker w1:`, also as Markdown's heading. */
const SAID = new RegExp(
  String.raw`^([\s#*>]{0,8})(?:(?:from|on|at) (?:the )?(?:${ROLE}){0,2}|(?:the )?(?:${ROLE}){1,2})[\x60*"']{0,3}${NAME}[\x60"']?\s?(:?\**:?)\s*$`,
  'i',
);
/** `## w1`, `### Node w1 (10.1.2.3)`: a heading of Markdown. */
const HEADED = new RegExp(
  String.raw`^#{2,6} {1,3}(?:${ROLE}){0,2}[\x60*"']{0,3}${NAME}[\x60*"']{0,3}(?: {1,3}[([]?[\da-f.:]{7,45}[)\]]?)?:?\s*$`,
  'i',
);
/** `**w1**`, `**w1:**`. */
const BOLD = new RegExp(String.raw`^\s*\*\*${NAME}:?\*\*:?\s*$`, 'i');
/** `=== w1`, `>>> node w1`: what loops print. */
const MARKED = new RegExp(String.raw`^(?:={2,80}|>{2,80}) {1,3}(?:${ROLE}){0,2}${NAME}:?\s*$`, 'i');
/** `w1:` alone on its line; a word without digit or dash is rather `Routes:`. */
const COLON = new RegExp(String.raw`^\s{0,8}(?=[a-z][^:]*[\d-])${NAME}\s?[:\uff1a]\s*$`, 'i');
/** Of Chinese sentences: at, on; master, working, computing; node, machine, server; and what follows of the sentence. */
const AT = /(?:在|登录|登陆|从)?/.source;
const KIND = /[a-z主从工作控制计算]{0,12}/.source;
const MACHINE = /(?:节点|主机|机器|服务器)/.source;
const REST = /[\u4e00-\u9fff]{0,14}\s?[:：]?/.source;
/** `节点 w1：`, `w1节点上执行：`, `2、在 w1 上查看路由`. */
const CHINESE = new RegExp(
  String.raw`^[\s#*>]{0,8}(?:\d{1,2}[^\s\w-]\s?)?${AT}\s?(?:${KIND}\s?${MACHINE}\s?)?[\x60"]?${NAME}[\x60"]?\s?${MACHINE}?\s?${REST}\**\s*$`,
  'i',
);
const SAYS_NODE = /节点|主机|机器|服务器|在.{1,80}上/;

/** A heading of Markdown, which stands above all blocks up to the next one. */
export const isMarkdownHeading = (line: string): boolean => /^#{1,6} {1,3}[^#\s][^#]{0,200}$/.test(line);

/**
 * The single word of a heading that names no command: `w1` of `##### w1 #####`, of `== node w1 ==` and of `From node w1:`. It may be a
 * node's name or anybody's word (`--- routes ---`): who knows the nodes decides. Undefined for every other line.
 */
export function sectionOf(line: string): string | undefined {
  if (line.length > 400) return undefined;
  const [, before, framed, after] = FRAMED.exec(line) ?? [];
  if (framed !== undefined) return before![0] === after![0] ? framed : undefined;
  const [, signs, said, end] = SAID.exec(line) ?? [];
  const name =
    said !== undefined && (/[#*]/.test(signs!) || end !== '')
      ? said
      : (BOLD.exec(line) ??
          HEADED.exec(line) ??
          MARKED.exec(line) ??
          COLON.exec(line) ??
          (SAYS_NODE.test(line) ? CHINESE.exec(line) : null))?.[1];
  return name === undefined || isNoName(name) ? undefined : name;
}
