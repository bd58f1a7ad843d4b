import { fanOut } from './fan-out.js';
import { loopOver } from './loop.js';
import { splitWords, unwrap } from './wrapper.js';

/** What a command line says of the output beneath it. */
export interface Command {
  /** The command that produced the output, without path, sudo, wrappers and pipes: `ip route show table all`. */
  readonly text: string;
  /** Where it ran, when a wrapper tells: an ssh host, or the pod of `kubectl exec`. */
  readonly host?: string | undefined;
  /** True when it shows something of another machine than the one it was typed on, and does not say which. */
  readonly elsewhere?: boolean | undefined;
  /** Network namespace, when it is not the node's own: `ip netns exec NAME`, `nsenter -n`, `kubectl exec`. */
  readonly netns?: string | undefined;
  /** True when a pipe dropped lines (grep, head, tail, …): what is missing may only be filtered out. */
  readonly filtered: boolean;
  /** True without pipes, redirections and further commands: what it printed, errors too, stands beneath it. */
  readonly plain: boolean;
  /** Of a loop over hosts: the line above each host's output, with the host in its first group. */
  readonly above?: RegExp | undefined;
  /** Of a tool that asks hosts at once: what stands before each line of a host, with the host in its first group. */
  readonly before?: RegExp | undefined;
}

const FILTERS = /^(grep|egrep|fgrep|rg|head|tail|awk|sed|cut|uniq|sort -u)\b/;

/** The pod of `kubectl logs POD`, whose log is of that pod's node; undefined target: some pod of a selector or workload. */
function podLogged(words: readonly string[]): { readonly pod: string | undefined } | undefined {
  if (words[0] !== 'kubectl' && words[0] !== 'oc' && words[0] !== 'k') return undefined;
  const verb = words.findIndex((word) => word === 'logs' || word === 'log');
  if (verb < 0) return undefined;
  const after = words.slice(verb + 1);
  for (let i = 0; i < after.length; i++) {
    const word = after[i]!;
    if (/^(?:-n|-c|-l|--namespace|--container|--selector|--tail|--since|--since-time|--context)$/.test(word)) i++;
    else if (!word.startsWith('-')) {
      const name = word.replace(/^(?:pods?|po)\//, '');
      return { pod: /^[a-z0-9][a-z0-9.-]*$/.test(name) ? name : undefined };
    }
  }
  return { pod: undefined };
}

/** Reads a command line as somebody typed it. Undefined for an empty one. */
export function parseCommand(typed: string): Command | undefined {
  const loop = loopOver(typed) ?? fanOut(typed);
  if (loop === undefined) return parseSimple(typed);
  const each = loop.typed === undefined ? undefined : parseSimple(loop.typed);
  const some = { text: 'for', netns: undefined, filtered: false, plain: false };
  return { ...(each ?? some), host: undefined, elsewhere: true, above: loop.above, before: loop.before };
}

function parseSimple(typed: string): Command | undefined {
  const stages = typed.split(/\|(?!\|)&?/).map((stage) => stage.trim());
  const filtered = stages.slice(1).some((stage) => FILTERS.test(stage));
  const plain = !/[|<>;&]/.test(typed);
  let words = splitWords(stages[0]!.replace(/(?:[12&]?>>?|<)\s*\S+/g, ' ').replace(/(?<![;&])[;&]+\s*$/, ''));
  let host: string | undefined;
  let netns: string | undefined;
  for (let depth = 0; depth < 6 && words.length > 0; depth++) {
    const inner = unwrap(words);
    if (inner === undefined || inner.words.length === 0) break;
    host = inner.host ?? host;
    netns = inner.netns ?? netns;
    words = [...inner.words];
  }
  if (words.length === 0) return undefined;
  words[0] = words[0]!.replace(/^.*\//, '');
  const logged = podLogged(words);
  if (logged !== undefined) return { text: words.join(' '), host: logged.pod, elsewhere: true, netns, filtered, plain };
  // `ssh $h` of a script: some other machine.
  if (host !== undefined && /[^\w.:[\]-]/.test(host))
    return { text: words.join(' '), elsewhere: true, netns, filtered, plain };
  return { text: words.join(' '), host, netns, filtered, plain };
}
