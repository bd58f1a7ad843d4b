import { type WordTable, wordTable } from '../../core/word-table.js';

/** Pods whose network is the node's own, so that `kubectl exec` into them shows the node (DaemonSets of CNIs and kube-proxy). */
const HOST_NETWORK_POD =
  /^(kube-flannel|canal|calico-node|kube-proxy|rke2-canal|cilium|weave-net|kube-router|antrea-agent|ovnkube-node|aws-node|kindnet|node-debugger)/;
/** Nodes that are containers: kind's, k3d's, minikube's. Others that the bundle lists are told by it. */
const CONTAINER_NODE =
  /^(?:kind-worker\d*|[\w.-]+-control-plane\d*|k3d-[\w.-]+-(?:server|agent)-\d+|minikube(?:-m\d+)?)$/;

/** What leads into machines, and containers that are machines, by its word for that. */
const MACHINES: WordTable<string> = wordTable({
  vagrant: 'ssh',
  minikube: 'ssh',
  'docker-machine': 'ssh',
  multipass: 'exec',
  lxc: 'exec',
  incus: 'exec',
  limactl: 'shell',
  gcloud: 'ssh',
});

/** A command line without its first wrapper. */
export interface Rest {
  readonly words: readonly string[];
  readonly host?: string | undefined;
  readonly netns?: string | undefined;
}

/** Words up to the first that is no option; options in `valued` take the next word. */
export function skipOptions(words: readonly string[], valued: RegExp): number {
  let i = 0;
  while (i < words.length && words[i]!.startsWith('-') && words[i] !== '--')
    i += valued.test(words[i]!) && !words[i]!.includes('=') ? 2 : 1;
  return i;
}

const OF_MACHINES =
  /^(?:-[pm]|--(?:project|profile|zone|remote|env|cwd|user|group|machine|host|workdir|ssh-key-file|ssh-flag))$/;

/** `vagrant ssh NAME -c COMMAND`, `multipass exec NAME -- COMMAND`, `minikube ssh -n NAME COMMAND`; without a command its shell. */
function onMachine(tool: string, rest: readonly string[]): Rest | undefined {
  const verb = rest.indexOf(MACHINES[tool]!);
  if (verb < 0) return undefined;
  const after = rest.slice(verb + 1);
  const ownMachine = /(?:^| )(?:-n|--node)[ =](\S+)/.exec(after.join(' '))?.[1];
  const profile = /(?:^| )(?:-p|--profile)[ =](\S+)/.exec(rest.join(' '))?.[1];
  const named = tool !== 'minikube';
  let at = skipOptions(after, named ? OF_MACHINES : /^(?:-[np]|--(?:node|profile))$/);
  const host = named ? after[at++]?.replace(/^.*@/, '') : (ownMachine ?? profile ?? 'minikube');
  at += skipOptions(after.slice(at), OF_MACHINES);
  const asked = /(?:^| )(?:-c|--command)[ =](.*)$/.exec(rest.join(' '))?.[1];
  const words = asked === undefined ? after.slice(after[at] === '--' ? at + 1 : at) : quoted(asked);
  return host === undefined || host === '--' ? undefined : { words: words.length > 0 ? unquote(words) : ['sh'], host };
}

/** The words of what stands between the first two quotation marks; all of it where there are none. */
const quoted = (text: string): string[] => splitWords(/^(['"])(.*?)\1/.exec(text)?.[2] ?? text);

/** `kubectl debug node/NAME -it --image=… [-- COMMAND]`: a pod in the node's own namespaces; without a command its shell. */
function debugged(words: readonly string[]): Rest | undefined {
  const node = words.map((word) => /^nodes?\/([\w.-]+)$/.exec(word)?.[1]).find((name) => name !== undefined);
  const dashes = words.indexOf('--');
  const command = dashes < 0 ? [] : words.slice(dashes + 1);
  return node === undefined ? undefined : { words: command.length > 0 ? command : ['sh'], host: node };
}

/** `kubectl node-shell NAME [-- COMMAND]` (kvaps/kubectl-node-shell). */
function nodeShell(words: readonly string[]): Rest | undefined {
  const after = words.slice(words.indexOf('node-shell') + 1);
  const host = after.find((word) => !word.startsWith('-'));
  const dashes = after.indexOf('--');
  return host === undefined ? undefined : { words: dashes < 0 ? ['sh'] : after.slice(dashes + 1), host };
}

/** What a command runs, when it only runs another: sudo, ssh, docker exec, ip netns exec, …; undefined for every other one. */
export function unwrap(words: readonly string[]): Rest | undefined {
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
    case 'vagrant':
    case 'minikube':
    case 'docker-machine':
    case 'multipass':
    case 'lxc':
    case 'incus':
    case 'limactl':
    case 'gcloud':
      return onMachine(name, rest);
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
      if (at < 0 && rest.includes('node-shell')) return nodeShell(rest);
      if (at < 0) return name === 'k3s' && rest[0] === 'kubectl' ? { words: rest } : undefined;
      const dashes = rest.indexOf('--');
      const after = rest.slice(at + 1);
      const options = skipOptions(after, /^(-n|-c|--namespace|--container|-u|--user|-w|-e|--context)$/);
      const target = after[options]?.replace(/^(pod|pods|po)\//, '');
      const words = dashes > at ? rest.slice(dashes + 1) : after.slice(options + 1);
      const nodes = name === 'docker' || name === 'podman' || name === 'nerdctl' ? CONTAINER_NODE : HOST_NETWORK_POD;
      const own = target !== undefined && nodes.test(target);
      return { words, host: own ? target : undefined, netns: own ? undefined : `pod ${target ?? '?'}` };
    }
    default:
      return /^[A-Za-z_]\w*=/.test(words[0]!) && rest.length > 0 ? { words: rest } : undefined;
  }
}

export const splitWords = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const unquote = (words: readonly string[]): string[] => splitWords(words.join(' ').replace(/^(['"])(.*)\1$/, '$2'));
