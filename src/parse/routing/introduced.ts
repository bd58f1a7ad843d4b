import { isNoName } from './no-name.js';

/** A sentence that introduces output: the command in it, and whose it is. */
export interface Introduced {
  readonly typed: string;
  readonly host: string;
}

const WHERE = String.raw` (?:on|at|from) (?:the )?(?:(?:node|host|machine|server|vm) )?[\x60*"']{0,3}([A-Za-z0-9][\w.-]*)[\x60*"']{0,3}`;
/** "`ip route` at node1:", "Output of `ip route` on node n1". */
const MARKED = new RegExp(
  `^[\\s#*>-]{0,8}(?:(?:here is |this is )?(?:the )?(?:output|result)s? of )?\`([^\`]{2,200})\`(?: (?:output|result)s?)?${WHERE}\\s*:?\\s*\\**$`,
  'i',
);
/** "ip route on node1:": without marks, only with the colon. */
const BARE = new RegExp(
  `^[\\s*]{0,4}(?:(?:here is |this is )?(?:the )?(?:output|result)s? of )?([a-z][\\w-]*(?: [^\`:]{1,160}?)?)(?: (?:output|result)s?)?${WHERE}(?::\\**|\\**:)$`,
  'i',
);
/** Steps and examples are numbered as well. */
const NUMBERED = /^(?:attempt|case|example|fig|figure|no|option|part|phase|step|test|v)[-_.]?\d/i;

/** "`ip route` at node1:", "ip route on node1:"; undefined when the line is none. Whether it is a command that anybody reads is left open. */
export function introduced(line: string): Introduced | undefined {
  if (line.length > 400) return undefined;
  const match = line.includes('`') ? MARKED.exec(line) : line.includes(':', line.length - 3) ? BARE.exec(line) : null;
  const [, typed, host] = match ?? [];
  return typed === undefined || host === undefined || isNoName(host) ? undefined : { typed, host };
}

/** `kubenode1 ifconfig` of a heading: a name with a digit or a dash in front of the command. */
export function namedBefore(heading: string): Introduced | undefined {
  const [, host, typed] = /^(?=\S*[\d-])([A-Za-z][\w.-]*)\s+([a-z]\S*(?: .*)?)$/.exec(heading) ?? [];
  return host === undefined || typed === undefined || NUMBERED.test(host) ? undefined : { typed, host };
}
