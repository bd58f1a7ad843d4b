/** What somebody typed to run a command on several hosts one after the other. */
export interface Loop {
  /** The command line that each of them ran; undefined for a script of several. */
  readonly typed: string | undefined;
  /** The line above each host's output, the host in its first group; undefined where the loop prints none. */
  readonly above?: RegExp | undefined;
  /** What stands before each line of a host, the host in its first group. */
  readonly before?: RegExp | undefined;
}

const HOST = /^[A-Za-z0-9][\w.-]{0,252}$/;
const NAME = String.raw`[A-Za-z0-9][\w.-]{0,252}`;
/** `node{1..3}` of bash. */
const BRACES = /^([\w.-]*)\{(\d{1,4})\.\.(\d{1,4})\}([\w.-]*)$/;
const MOST_HOSTS = 1000;

function hostsOf(list: string): readonly string[] | undefined {
  const hosts = list.split(/\s+/).flatMap((word): readonly string[] => {
    const [, before, first, last, behind] = BRACES.exec(word) ?? [];
    if (first === undefined) return [word.replace(/^["']|["']$/g, '')];
    const length = Math.min(MOST_HOSTS, Number(last) - Number(first) + 1);
    return length < 1 ? [word] : Array.from({ length }, (_, i) => `${before}${Number(first) + i}${behind}`);
  });
  // A list that a command makes ($(kubectl get nodes …)) may be any names.
  return hosts.length <= MOST_HOSTS && hosts.every((host) => HOST.test(host)) ? hosts : undefined;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What `echo "=== $h ==="` prints, as a pattern. */
function printed(statement: string, variable: RegExp, hosts: readonly string[] | undefined): RegExp | undefined {
  const words = /^(?:echo|printf)\s+(?:-[en]+\s+)?(.+)$/.exec(statement)?.[1]?.replace(/["']/g, '').replace(/\\n/g, '');
  const parts = words?.split(variable) ?? [];
  if (parts.length !== 2) return undefined;
  const [before, behind] = parts.map((part) => escaped(part.trim()).replace(/\s+/g, '\\s+')) as [string, string];
  // A bare name of an unknown list may be any word.
  if (hosts === undefined && before === '' && behind === '') return undefined;
  const names = hosts === undefined ? NAME : hosts.map(escaped).join('|');
  return new RegExp(`^\\s*${before}\\s*(${names})\\s*${behind}\\s*$`);
}

/**
 * `for h in n1 n2; do echo "== $h"; ssh $h ip route; done`: what ran on each host, and how their outputs are told apart (bash(1), "for").
 * Undefined for a loop that goes to no other host.
 */
export function loopOver(typed: string): Loop | undefined {
  const [head, name] = /^for {1,4}([A-Za-z_]\w{0,30}) {1,4}in {1,4}/.exec(typed) ?? [];
  const [listEnd, end] = [typed.indexOf(';'), typed.lastIndexOf('done')];
  if (head === undefined || end < listEnd) return undefined;
  const list = typed.slice(head.length, listEnd).trim();
  const action = typed.slice(listEnd + 1, end).trim();
  if (!/^do\s/.test(action)) return undefined;
  const body = action.slice(2);
  const variable = new RegExp(`\\$(?:${name}\\b|\\{${name}\\})`);
  const statements = body.match(/(?:"[^"]*"|'[^']*'|[^;&"'])+/g)?.map((text) => text.trim()) ?? [];
  const away = statements.filter((text) => /^(?:sudo\s+)?ssh\s/.test(text) && variable.test(text));
  if (away.length === 0) return undefined;
  const hosts = hostsOf(list);
  const [above] = statements.flatMap((text) => printed(text, variable, hosts) ?? []);
  const [only] = away;
  const scripted = /["'][^"']*(?:;|&&)[^"']*["']/.test(only!);
  return { typed: away.length === 1 && !scripted ? only!.replace(variable, 'HOST') : undefined, above };
}
