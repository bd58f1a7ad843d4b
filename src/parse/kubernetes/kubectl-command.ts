import { wordTable } from '../../core/word-table.js';

/** What a kubectl command line says of its output: verb, resource, namespace, output form. */

/** A kubectl (or oc, k3s kubectl, microk8s kubectl) command, taken apart. */
export interface KubectlCommand {
  readonly verb: string;
  /** Resource types in kubectl's plural: nodes, pods, services, … */
  readonly resources: readonly string[];
  /** Names given after the resource, or with `type/name`. */
  readonly names: readonly string[];
  readonly namespace?: string | undefined;
  /** `-A`: objects of all namespaces. */
  readonly everywhere: boolean;
  /** The selector of labels or fields that it was given. */
  readonly selector?: string | undefined;
  /** The value of -o, e.g. wide, yaml, custom-columns=…. */
  readonly output?: string | undefined;
}

/** The start of a kubectl command in any of its names. */
export const KUBECTL = /^(?:k3s |rke2 |microk8s[ .]|minikube |sudo )?(?:kubectl(?:\.sh)?|oc|k)(?= )/;

const SHORT = wordTable<string>({
  no: 'nodes',
  po: 'pods',
  svc: 'services',
  ep: 'endpoints',
  ev: 'events',
  ds: 'daemonsets',
  deploy: 'deployments',
  cm: 'configmaps',
  netpol: 'networkpolicies',
  networkpolicy: 'networkpolicies',
  endpoints: 'endpoints',
  ns: 'namespaces',
});

/** The plural of a resource type as kubectl takes it: `po`, `pod`, `pods`, `pods.v1.`, `daemonset.apps` give one word. */
export function resourceType(word: string): string {
  const type = word.toLowerCase().split('.')[0]!;
  return SHORT[type] ?? (type.endsWith('s') ? type : `${type}s`);
}

/** Options that take their value as the next word. */
const VALUED =
  /^(?:-[nolLfk]|--(?:namespace|output|selector|label-columns|filename|kubeconfig|context|cluster|user|server|token|sort-by|field-selector|template|chunk-size|request-timeout|for|types))$/;

/** Takes a command line apart, or undefined when it is no kubectl command. A pipe behind it is ignored. */
export function kubectlCommand(text: string | undefined): KubectlCommand | undefined {
  if (text === undefined || !KUBECTL.test(text)) return undefined;
  const words =
    text
      .replace(KUBECTL, '')
      .replace(/\s\|.*$/, '')
      .match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const plain: string[] = [];
  let namespace: string | undefined;
  let output: string | undefined;
  let selector: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!.replace(/['"]/g, '');
    if (!word.startsWith('-')) {
      plain.push(word);
      continue;
    }
    const glued = /^(?:(-[nol])=?|(--namespace|--output|--selector|--field-selector)=)(.+)$/.exec(word);
    const value = glued?.[3] ?? (VALUED.test(word) ? words[++i]?.replace(/['"]/g, '') : undefined);
    if (/^(?:-n|--namespace)/.test(word)) namespace = value;
    else if (/^(?:-o|--output)/.test(word)) output = value;
    else if (/^(?:-l|--selector|--field-selector)/.test(word)) selector = value;
  }
  const [verb, types, ...rest] = plain;
  if (verb === undefined) return undefined;
  const slashed = types?.includes('/') === true ? [types, ...rest] : [];
  return {
    verb,
    resources:
      slashed.length > 0
        ? slashed.map((s) => resourceType(s.split('/')[0]!))
        : (types?.split(',').map(resourceType) ?? []),
    names: slashed.length > 0 ? slashed.map((s) => s.split('/')[1] ?? '') : rest,
    namespace,
    everywhere: words.some((word) => /^(?:-A|--all-namespaces(?:=true)?)$/.test(word)),
    selector,
    output,
  };
}

/**
 * What a command keeps out of a list of such objects, in words: `namespace=shop` where those of one namespace alone are asked for, a
 * selector, names, a pipe; undefined where all are asked for, or where nobody knows what was asked.
 */
export function narrowing(
  command: KubectlCommand | undefined,
  filtered: boolean,
  namespaced: boolean,
): string | undefined {
  if (filtered) return 'a pipe left lines out';
  if (command?.verb !== 'get') return undefined;
  if (command.names.length > 0) return 'named objects alone were asked for';
  if (command.selector !== undefined) return `the selector ${command.selector}`;
  return namespaced && !command.everywhere ? `namespace=${command.namespace ?? 'default'}` : undefined;
}
