import { setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Parser } from '../parser.js';
import { emitCut, emitNarrowed } from './cut-list.js';
import { JsonObjects, type JsonPiece } from './json-objects.js';
import { KUBECTL, kubectlCommand, narrowing } from './kubectl-command.js';
import {
  readBlockAffinity,
  readCiliumEndpoint,
  readCiliumNode,
  readIPAMBlock,
  readIPPool,
  readSpec,
} from './object-cni.js';
import { isComponentConfig, readComponentConfig } from './object-component-config.js';
import { readConfigMap } from './object-config-map.js';
import { readEvent } from './object-event.js';
import { readLabels } from './object-labels.js';
import { readNode } from './object-node.js';
import { readPod, readWorkload } from './object-pod.js';
import { readPolicy } from './object-policy.js';
import { readEndpointSlice, readEndpoints, readService } from './object-service.js';
import { KubernetesObject, mapOf } from './object-tree.js';
import { isOverlong } from './yaml-bounds.js';
import { parseYaml, YamlObjects } from './yaml-objects.js';

type ObjectReader = (object: KubernetesObject, sink: Sink) => void;

/** Kinds that say something about the network. Secrets and kubeconfigs (`Config`) are not among them, and stay unread. */
const READERS: ReadonlyMap<string, ObjectReader> = new Map<string, ObjectReader>([
  ['Node', readNode],
  ['Pod', readPod],
  ['Namespace', readLabels],
  ['Service', readService],
  ['Endpoints', readEndpoints],
  ['EndpointSlice', readEndpointSlice],
  ['ConfigMap', readConfigMap],
  ['DaemonSet', readWorkload],
  ['Deployment', readWorkload],
  ['StatefulSet', readWorkload],
  ['Event', readEvent],
  ['IPPool', readIPPool],
  ['BlockAffinity', readBlockAffinity],
  ['IPAMBlock', readIPAMBlock],
  ['BGPPeer', readSpec('calico')],
  ['BGPConfiguration', readSpec('calico')],
  ['FelixConfiguration', readSpec('calico')],
  ['Installation', readSpec('calico')],
  ['Network', readSpec('openshift')],
  ['CiliumNode', readCiliumNode],
  ['CiliumEndpoint', readCiliumEndpoint],
  ['NetworkPolicy', readPolicy],
  ['GlobalNetworkPolicy', readPolicy],
  ['CiliumNetworkPolicy', readPolicy],
  ['CiliumClusterwideNetworkPolicy', readPolicy],
]);

/** Items of a raw API list carry no kind; the list's kind may come behind them. Their shape tells the important ones. */
function kindByShape(tree: Readonly<Record<string, unknown>>): string | undefined {
  const spec = mapOf(tree['spec']);
  const status = mapOf(tree['status']);
  if (status['nodeInfo'] !== undefined) return 'Node';
  if (spec['containers'] !== undefined) return 'Pod';
  if (spec['clusterIP'] !== undefined || spec['sessionAffinity'] !== undefined) return 'Service';
  if (tree['subsets'] !== undefined) return 'Endpoints';
  if (tree['addressType'] !== undefined) return 'EndpointSlice';
  if (tree['involvedObject'] !== undefined || tree['regarding'] !== undefined) return 'Event';
  if (status['desiredNumberScheduled'] !== undefined) return 'DaemonSet';
  return undefined;
}

/** Reads one object, and gives its kind. */
function readObject(tree: unknown, piece: JsonPiece, sink: Sink): string {
  const map = mapOf(tree);
  const kind = piece.listKind ?? (map['kind'] === undefined ? kindByShape(map) : undefined);
  const object = new KubernetesObject(map, piece.lines, kind);
  const reader = READERS.get(object.kind);
  if (reader !== undefined) reader(object, sink);
  else if (isComponentConfig(object.kind))
    readComponentConfig(map, { line: (key, value) => object.line(key, value) }, sink);
  return object.kind;
}

const JSON_START = /^\s*"(?:apiVersion": "[a-z][\w.-]*(?:\/v\d\w*)?|kind": "[A-Z]\w+)",?\s*$/;
const JSON_GLUED = /^\s*\{\s*"(?:apiVersion|kind)":\s*"/;
const YAML_START = /^\s*(?:- )?(?:apiVersion:\s+["']?[a-z][\w.-]*(?:\/v\d\w*)?["']?|kind:\s+[A-Z]\w+)\s*$/;
/** What `kubectl get nodes -o yaml | grep podCIDR` leaves of the objects. */
const CIDR_FRAGMENT = /^\s*"?podCIDR"?: "?([0-9a-fA-F.:]+\/\d{1,3})"?,?$/;
const CIDR_REST = /^\s*(?:"?podCIDRs"?:|- [0-9a-fA-F.:]+\/\d{1,3}$|--$)/;
/** A list that the API server hands out in part names where it goes on (apimachinery, meta/v1 ListMeta). */
const CONTINUED = /^\s*"continue": "[^"]|"metadata":\s*\{[^{}]*"continue":\s*"[^"]/;
/** What kubectl says beside its output. */
const REMARK = /^(?:Warning: |W\d{4} |Error from server|No resources found|Defaulted container|Unable to use a TTY)/;

/**
 * API objects as YAML or JSON: single, as a List, several documents, `kubectl cluster-info dump`. Objects are read one
 * by one while the lines come, so a list's length costs no memory.
 */
export const kubernetesObject: Parser = {
  id: 'kubernetes-object',
  longest: Number.POSITIVE_INFINITY,
  title: 'Kubernetes objects as YAML or JSON (nodes, pods, services, endpoints, config maps, CNI resources, events)',
  command: new RegExp(
    `${KUBECTL.source}(?:.* get .*(?:\\s-o\\s?=?|--output[= ])(?:yaml|json)\\b|.* cluster-info dump)|^calicoctl get .*-o\\s?=?(?:yaml|json)\\b`,
  ),
  path: /(?:^|\/)(?:nodes|pods|services|endpoints|endpointslices|events|namespaces|networkpolicies|globalnetworkpolicies|configmaps|daemonsets)\.(?:json|ya?ml)$|\/manifests\/[\w.-]+\.ya?ml$|(?:^|\/)cluster-resources\/[\w./-]+\.(?:json|ya?ml)$|(?:^|\/)cluster-info[-_]?dump$|(?:^|\/)(?:cluster-scoped-resources|namespaces)\/[\w./-]+\.ya?ml$/,
  starts: (line) => YAML_START.test(line) || JSON_START.test(line) || JSON_GLUED.test(line) || CIDR_FRAGMENT.test(line),
  open(sink, section) {
    let mode: 'json' | 'yaml' | 'fragment' | undefined;
    let last: Line | undefined;
    /** Kinds of the document's objects, and where it says that it goes on. */
    const kinds = new Set<string>();
    let continued: Line | undefined;
    const cut = (why: string, at: Line): void => {
      emitCut(sink, kinds.size > 0 ? kinds : (command?.resources ?? []), why, at);
      kinds.clear();
    };
    const command = kubectlCommand(section.command);
    const narrowed = new Set<string>();
    /** Says once of each kind that the command kept some of them out. */
    const read = (tree: unknown, piece: JsonPiece): void => {
      const kind = readObject(tree, piece, sink);
      kinds.add(kind);
      if (narrowed.has(kind)) return;
      narrowed.add(kind);
      const why = narrowing(command, section.filtered === true, kind !== 'Node');
      if (why !== undefined) emitNarrowed(sink, [kind], why, piece.lines[0]!);
    };
    const jsonOver = (why?: string): void => {
      mode = undefined;
      if (kinds.size === 0 && json.listKind !== undefined) kinds.add(json.listKind);
      if (why !== undefined && last !== undefined) cut(why, last);
      else if (continued !== undefined) cut('metadata.continue: the API server has more', continued);
      continued = undefined;
      kinds.clear();
    };
    const note = (reason: string, place: number) => sink.note(reason, place);
    const json = new JsonObjects((piece) => {
      try {
        read(JSON.parse(piece.text), piece);
      } catch {
        note('an object is no valid JSON and was left out', piece.lines[0]!.number);
      }
    }, note);
    const yaml = new YamlObjects(
      (piece) => {
        const kind = piece.kind ?? piece.listKind;
        if (kind !== undefined && !READERS.has(kind) && !isComponentConfig(kind)) return;
        const parsed = parseYaml(piece.text);
        const first = piece.lines[0]!.number;
        if (parsed === undefined)
          note(
            `an object is ${isOverlong(piece.text) ? 'larger than any real one' : 'no valid YAML'} and was left out`,
            first,
          );
        else if (parsed.fault !== undefined)
          note(`YAML is damaged (${parsed.fault}); what could be read is used`, first);
        read(parsed?.value, piece);
      },
      note,
      (one) => {
        if (one !== undefined) cut(one.why, one.at);
        kinds.clear();
      },
    );
    return {
      line(at) {
        const text = at.text;
        if (mode === 'json' && json.idle) jsonOver();
        if (mode === undefined || mode === 'fragment') {
          const value = canonicalPrefix(CIDR_FRAGMENT.exec(text)?.[1] ?? '');
          if (value !== undefined) {
            mode = 'fragment';
            sink.emit(setting, { component: 'node', key: 'podCIDR', value }, at);
            return true;
          }
          if (mode === 'fragment' && CIDR_REST.test(text)) return true;
          mode = undefined;
          if (text.trim() === '' || REMARK.test(text)) return true;
          if (/^\s*[{[]/.test(text)) mode = 'json';
          else if (JSON_START.test(text)) {
            mode = 'json';
            json.openBrace();
          } else mode = 'yaml';
        }
        if (mode === 'json' && CONTINUED.test(text)) continued = at;
        const open = mode === 'json' && !json.idle;
        const fed = mode === 'json' ? json.feed(at) : yaml.feed(at);
        if (fed === 'foreign') {
          if (open) jsonOver('it ends in the middle');
          mode = undefined;
        } else last = at;
        return fed === 'taken';
      },
      end() {
        if (mode === 'json') {
          jsonOver(json.idle ? undefined : 'it ends in the middle');
          json.end(last?.number ?? 0);
        } else if (mode === 'yaml') yaml.end();
      },
    };
  },
};
