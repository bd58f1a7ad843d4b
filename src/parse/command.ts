import { loopOver } from './loop.js';

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
}

/** Pods whose network is the node's own, so that `kubectl exec` into them shows the node (DaemonSets of CNIs and kube-proxy). */
const HOST_NETWORK_POD =
  /^(kube-flannel|canal|calico-node|kube-proxy|rke2-canal|cilium|weave-net|kube-router|antrea-agent|ovnkube-node|aws-node|kindnet|node-debugger)/;
const FILTERS = /^(grep|egrep|fgrep|rg|head|tail|awk|sed|cut|uniq|sort -u)\b/;

interface Rest {
  readonly words: readonly string[];
  readonly host?: string | undefined;
  readonly netns?: string | undefined;
}

/** Words up to the first that is no option; options in `valued` take the next word. */
function skipOptions(words: readonly string[], valued: RegExp): number {
  let i = 0;
  while (i < words.length && words[i]!.startsWith('-') && words[i] !== '--')
    i += valued.test(words[i]!) && !words[i]!.includes('=') ? 2 : 1;
  return i;
}

/** `kubectl debug node/NAME -it --image=… [-- COMMAND]`: a pod in the node's own namespaces; without a command its shell. */
function debugged(words: readonly string[]): Rest | undefined {
  const node = words.map((word) => /^nodes?\/([\w.-]+)$/.exec(word)?.[1]).find((name) => name !== undefined);
  const dashes = words.indexOf('--');
  const command = dashes < 0 ? [] : words.slice(dashes + 1);
  return node === undefined ? undefined : { words: command.length > 0 ? command : ['sh'], host: node };
}

function unwrap(words: readonly string[]): Rest | undefined {
  const name = words[0]!.replace(/^.*\//, '');
  const rest = words.slice(1);
  switch (name) {
    case 'sudo':
      return { words: rest.slice(skipOptions(rest, /^-[ugpC]$/)) };
    case 'time':
    case 'nohup':
    case 'stdbuf':
    case 'exec':
      return { words: rest.slice(skipOptions(rest, /^$/)) };
    case 'timeout':
      return { words: rest.slice(skipOptions(rest, /^-[sk]$/) + 1) };
    case 'sh':
    case 'bash': {
      const i = rest.findIndex((word) => /^-\w*c$/.test(word));
      return i < 0
        ? undefined
        : {
            words: splitWords(
              rest
                .slice(i + 1)
                .join(' ')
                .replace(/^(['"])(.*)\1$/, '$2'),
            ),
          };
    }
    case 'ssh': {
      const i = skipOptions(rest, /^-[pilFoJ]$/);
      const host = rest[i]?.replace(/^.*@/, '');
      return rest.length > i + 1 ? { words: unquote(rest.slice(i + 1)), host } : undefined;
    }
    case 'nsenter': {
      const i = skipOptions(rest, /^(-t|-a|--target|-S|-G)$/);
      const net = rest.slice(0, i).some((word) => /^(?:-(?=\w*n)\w+|--net(?:=.*)?)$/.test(word));
      const target = /(?:^| )(?:-t|--target)[ =]?(\d+)/.exec(rest.slice(0, i).join(' '))?.[1];
      const words = rest.slice(rest[i] === '--' ? i + 1 : i);
      // PID 1 is the node itself: that is how people leave a container.
      // Without a command it starts a shell.
      return {
        words: words.length === 0 ? ['sh'] : words,
        netns: net && target !== '1' ? `pid ${target ?? '?'}` : undefined,
      };
    }
    case 'chroot': {
      const i = skipOptions(rest, /^$/) + 1;
      return { words: rest.length > i ? rest.slice(i) : ['sh'] };
    }
    case 'ip':
      return rest[0] === 'netns' && rest[1] === 'exec' && rest.length > 3
        ? { words: rest.slice(3), netns: rest[2] }
        : (rest[0] === '-n' || rest[0] === '-netns') && rest.length > 2
          ? { words: ['ip', ...rest.slice(2)], netns: rest[1] }
          : undefined;
    case 'kubectl':
    case 'oc':
    case 'k3s':
    case 'docker':
    case 'crictl':
    case 'nerdctl':
    case 'podman': {
      const at = rest.indexOf('exec');
      if (at < 0 && rest.includes('debug')) return debugged(rest);
      if (at < 0) return name === 'k3s' && rest[0] === 'kubectl' ? { words: rest } : undefined;
      const dashes = rest.indexOf('--');
      const after = rest.slice(at + 1);
      const options = skipOptions(after, /^(-n|-c|--namespace|--container|-u|--user|-w|-e|--context)$/);
      const target = after[options]?.replace(/^(pod|pods|po)\//, '');
      const words = dashes > at ? rest.slice(dashes + 1) : after.slice(options + 1);
      const own = target !== undefined && HOST_NETWORK_POD.test(target);
      return { words, host: own ? target : undefined, netns: own ? undefined : `pod ${target ?? '?'}` };
    }
    default:
      return /^[A-Za-z_]\w*=/.test(words[0]!) && rest.length > 0 ? { words: rest } : undefined;
  }
}

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

const splitWords = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const unquote = (words: readonly string[]): string[] => splitWords(words.join(' ').replace(/^(['"])(.*)\1$/, '$2'));

/** Reads a command line as somebody typed it. Undefined for an empty one. */
export function parseCommand(typed: string): Command | undefined {
  const loop = loopOver(typed);
  if (loop === undefined) return parseSimple(typed);
  const each = loop.typed === undefined ? undefined : parseSimple(loop.typed);
  const some = { text: 'for', netns: undefined, filtered: false, plain: false };
  return { ...(each ?? some), host: undefined, elsewhere: true, above: loop.above };
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
