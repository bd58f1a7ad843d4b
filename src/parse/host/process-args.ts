import { setting } from '../../core/event/kubernetes.js';
import { redact } from '../../core/redact.js';
import type { Line } from '../../core/sink.js';
import { variableOwner } from '../kubernetes/object-containers.js';
import type { Parser } from '../parser.js';
import { componentOf, isKnownOption, optionValue, ownerOf, readOptions } from './component-flags.js';

/**
 * Command lines of cluster components wherever they are shown: `ps`, systemd units and their environment files,
 * `/proc/N/cmdline`, `docker inspect`, `crictl inspect`, options that grep cut out of a manifest, and the flags that
 * components log at start.
 */

const BINARY =
  '(?:kube-controller-manager|kube-apiserver|kube-proxy|kubelet|flanneld|kube-router|hyperkube|dockerd|k3s|rke2)';
/** A binary whose first argument is an option. */
const RUNS = `${BINARY}["',]*\\s+(?:(?:server|agent|kubelet|proxy|apiserver|controller-manager)["',]*\\s+)?["']*--?[a-z]`;
/** Its path is looked at last, from its end: from its beginning each of its characters would be one. */
const RUNS_ANYWHERE = new RegExp(`(?=${RUNS})(?<=[\\s_](?:[\\w./-]*/)?)`);
/** `ps` has a user or a number in front, and perhaps the tree's branches before the command. */
const PS_FRONT = /^\s*(?:\d+|\S+\s+\d+)\s/;
const ALONE = new RegExp(`^\\s*(?:ExecStart=[-@+!:]*)?(?:[\\w./-]*/)?${RUNS}`);
/** A value of YAML on one line, with quotes or a comment. */
const SCALAR = /^["']?([^"'#]*)(?:(["'])\s*)?(?:#.*)?$/;
const PS_HEADING = /^\s*(?:F\s+)?(?:S\s+)?(?:USER|UID|PID|PPID)\s+(?:PID|PPID|TTY|USER|UID|C|%CPU)\b/;
/** One option by itself: `- --a=b`, `"--a=b",`, `--a=b \`, with grep's file name in front or not. */
const LONE_OPTION =
  /^\s*(?:([\w./-]+\.(?:ya?ml|service|conf|json|env))[:-](?:\d+[:-])?\s*)?(?:- )?["']?--([a-z][a-z0-9-]+)(?:=([^\s"',\\]*))?["']?,?\s*\\?$/;
const VARIABLE = /^\s*(?:export\s+|Environment=["']?)?([A-Z][A-Z0-9_]*)=["']?(-{1,2}[a-z].*)$/;
/** component-base prints every flag at verbosity 1 (cli/flag PrintFlags). */
const LOGGED = /\bFLAG: --([a-z][a-z0-9-]+)="(.*)"\s*$/;
const UNIT_SECTION = /^\[(?:Unit|Service|Install)\]$/;

/** The component whose options an environment variable holds: KUBELET_EXTRA_ARGS, KUBE_PROXY_OPTS, FLANNEL_OPTIONS. */
function variableComponent(name: string): string | undefined {
  if (!/(?:ARGS?|OPTS|OPTIONS|FLAGS)$/.test(name)) return undefined;
  if (/CONTROLLER_MANAGER/.test(name)) return 'kube-controller-manager';
  if (/API_?SERVER|KUBE_API_/.test(name)) return 'kube-apiserver';
  if (/PROXY/.test(name)) return 'kube-proxy';
  if (/KUBELET/.test(name)) return 'kubelet';
  if (/FLANNEL/.test(name)) return 'flannel';
  return /DOCKER/.test(name) ? 'docker' : undefined;
}

/** A component that a path or a command line names. */
function namedIn(text: string | undefined): string | undefined {
  const name = new RegExp(`(?:^|[/\\s_.-])${BINARY}(?=$|[\\s/._-])`).exec(text ?? '')?.[0].replace(/^[/\s_.]+/, '');
  return name === undefined ? undefined : componentOf(name.replace(/^-+/, ''));
}

/** Command lines end at ARG_MAX in theory; those of components have some kilobytes. */
const LONGEST = 50_000;

const bare = (word: string): string => word.replace(/^["'[(]+/, '').replace(/(?<!["',\])\\])["',\])\\]+$/, '');

function isInPs(text: string): boolean {
  const front = PS_FRONT.exec(text);
  return front !== null && RUNS_ANYWHERE.test(text.slice(front[0].length));
}

/** Options of kube components, flannel and k3s on command lines. */
export const processArgs: Parser = {
  id: 'process-args',
  longest: Number.POSITIVE_INFINITY,
  title: 'Command lines of cluster components: ps, systemd units, docker and crictl inspect, /proc/N/cmdline',
  command:
    /^(?:ps\b|pgrep -\w*a|systemctl (?:cat|status|show)\b|(?:docker|podman|nerdctl|crictl) inspect\b|cat \S*(?:\/cmdline|\.service|kubeadm-flags\.env|(?:k3s|rke2)\/config\.yaml)\b|journalctl .*\bFLAG)/,
  path: /(?:^|\/)(?:systeminfo\/ps(?:aux)?|ps|psaux|ps_[\w-]+|ps-[\w-]+\.(?:md|txt)|proc_info|processes_info|cmdline|args\/(?:kube[\w-]*|flanneld)|kubeadm-flags\.env|(?:k3s|rke2)\/config\.yaml|[\w@-]+\.service|containerinspect\/[\w.-]+|podinspect\/[\w.-]+)$/,
  starts(line) {
    if (line.length > LONGEST) return false;
    const lone = LONE_OPTION.exec(line);
    if (lone !== null) {
      const owner = ownerOf(lone[2]!);
      return owner !== undefined && lone[3] !== undefined && optionValue(owner, lone[2]!, lone[3]) !== undefined;
    }
    const logged = LOGGED.exec(line);
    const variable = VARIABLE.exec(line);
    return (
      isInPs(line) ||
      ALONE.test(line) ||
      PS_HEADING.test(line) ||
      UNIT_SECTION.test(line.trim()) ||
      (logged !== null && isKnownOption(logged[1]!)) ||
      (variable !== null && variableComponent(variable[1]!) !== undefined)
    );
  },
  open(sink, section) {
    const command = section.command ?? '';
    const hint = namedIn(section.path) ?? namedIn(command);
    const isConfig = /(?:k3s|rke2)\/config\.yaml/.test(`${section.path} ${command}`);
    let isPs = /^(?:ps|pgrep)\b/.test(command) || /(?:^|\/)(?:ps\w*|ps-\S+|proc\w*_info)$/.test(section.path);
    let isUnit = /^systemctl\b|\.service\b/.test(command) || section.path.endsWith('.service');
    const isInspect = /\binspect\b/.test(command) || /inspect\//.test(section.path);
    /** The file that `systemctl cat` names above its text. */
    let file: string | undefined;
    /** Whose options the following lines continue. */
    let current: string | undefined;
    let continues = false;
    const seen = new Set<string>();

    const emit = (component: string, key: string, value: string, at: Line) => {
      const row = `${component} ${file ?? ''} ${key} ${value}`;
      if (seen.has(row)) return;
      seen.add(row);
      const text = redact(at.text);
      sink.emit(setting, { component, object: file, key, value }, text === at.text ? at : { ...at, text });
    };
    const options = (words: readonly string[], component: string | undefined, at: Line): number => {
      const found = readOptions(words, component);
      for (const option of found) emit(option.component, option.key, option.value, at);
      return found.length;
    };

    return {
      line(at) {
        if (at.text.length > LONGEST) return false;
        const text = at.text.replaceAll('\0', ' ').trimEnd();
        if (text.trim() === '') {
          continues = false;
          return true;
        }
        const logged = LOGGED.exec(text);
        if (logged !== null) {
          const owner = hint ?? ownerOf(logged[1]!);
          const value = owner === undefined ? undefined : optionValue(owner, logged[1]!, logged[2]);
          if (owner !== undefined && value !== undefined) emit(owner, logged[1]!, value, at);
          return true;
        }
        if (PS_HEADING.test(text)) {
          isPs = true;
          return true;
        }
        if (UNIT_SECTION.test(text.trim())) isUnit = true;
        const shown = /^# (\/\S+\.(?:service|conf))$/.exec(text)?.[1];
        if (shown !== undefined && isUnit) {
          file = shown;
          current = namedIn(shown);
          return true;
        }
        if (isConfig) {
          // k3s and rke2: each option is a key of /etc/rancher/*/config.yaml.
          const key = /^([a-z][a-z0-9-]*):/.exec(text);
          const match = key === null ? null : SCALAR.exec(text.slice(key[0].length).trim());
          if (key === null || match === null) return /^\s*(?:#|- |---)/.test(text);
          const value = optionValue('k3s', key[1]!, match[2] === undefined ? match[1]!.trimEnd() : match[1]);
          if (value !== undefined) emit('k3s', key[1]!, value, at);
          return true;
        }
        const variable = VARIABLE.exec(text);
        if (variable !== null && (variableComponent(variable[1]!) ?? current) !== undefined) {
          current = variableComponent(variable[1]!) ?? current;
          options(variable[2]!.split(/\s+/).map(bare), current, at);
          continues = text.endsWith('\\');
          return true;
        }
        const lone = LONE_OPTION.exec(text);
        if (lone !== null) {
          const owner = (continues || isInspect ? current : undefined) ?? namedIn(lone[1]) ?? hint ?? ownerOf(lone[2]!);
          const value = owner === undefined ? undefined : optionValue(owner, lone[2]!, lone[3]);
          if (owner !== undefined && value !== undefined) emit(owner, lone[2]!, value, at);
          if (continues) continues = text.endsWith('\\');
          return value !== undefined || owner !== undefined;
        }
        if (/\bgrep\b/.test(text) && isPs) return true;
        if (isInPs(text) || ALONE.test(text) || (continues && /^\s+-/.test(text))) {
          const words = text
            .replace(/ExecStart=[-@+!:]*/, '')
            .split(/\s+/)
            .map(bare);
          current = continues ? current : (words.map(componentOf).find((one) => one !== undefined) ?? current);
          const from = continues
            ? 0
            : words.findIndex((word) => /(?:^|\/)hyperkube$/.test(word) || componentOf(word) !== undefined);
          const read = options(words.slice(Math.max(0, from)), continues ? current : undefined, at);
          continues = text.endsWith('\\');
          return read > 0 || from >= 0 || continues;
        }
        if (isInspect) {
          const word = /^\s*(?:"(?:Path|path)":\s*)?"([^"=\s]+)",?$/.exec(text)?.[1];
          current = (word === undefined ? undefined : componentOf(word)) ?? current;
          const pair = /^\s*"([A-Z][A-Z0-9_]*)=(.*)",?$/.exec(text);
          const owner = pair === null ? undefined : variableOwner(pair[1]!);
          if (pair !== null && owner !== undefined && pair[2] !== '') emit(owner, pair[1]!, pair[2]!, at);
          return /^\s*(?:["{}[\],]|(?:-?\d[\d.]*|true|false|null),?\s*$)/.test(text);
        }
        if (continues) continues = text.endsWith('\\');
        if (isPs) return /^\s*\S+\s+\d+\s|^\s*\d+\s/.test(text);
        if (isUnit) return /^(?:\[\w+\]|[A-Z]\w*=|[#;]|\s+\S|[●○×*] )/.test(text);
        // The bare `{`, `[` and names of a manifest around grepped options, or an unknown option of a known list.
        return /^\s*(?:- )?["']?--[a-z][\w-]*/.test(text) && (current !== undefined || hint !== undefined);
      },
    };
  },
};
