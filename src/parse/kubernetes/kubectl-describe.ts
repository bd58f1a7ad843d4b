import { node, setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Parser } from '../parser.js';
import { describeNode } from './describe-node.js';
import { describeContainers, describePod } from './describe-pod.js';
import { DescribeRecord } from './describe-record.js';
import { describeEndpoints, describeService } from './describe-service.js';
import { EventRows, eventCells, eventHeadings } from './event-columns.js';
import { KUBECTL, kubectlCommand } from './kubectl-command.js';
import { plainLines, readConfigKey } from './object-config-map.js';

/** `Name:` far from its value: nslookup's and ipset's stand closer. */
const NAME = /^\s*Name:(?:\t{2,}| {8,})\S+$/;
/** `kubectl describe node N | grep CIDR`. */
const POD_CIDR = /^\s*PodCIDRs?:\s+([0-9a-fA-F.:]+\/\d{1,3}(?:,[0-9a-fA-F.:]+\/\d{1,3})*)$/;

/** The kind of a described object by the fields that only it has. */
function kindOf(record: DescribeRecord): string {
  if (record.has('PodCIDR', 'PodCIDRs', 'Roles', 'Non-terminated Pods', 'Unschedulable')) return 'Node';
  if (record.has('Subsets')) return 'Endpoints';
  if (record.has('TargetPort', 'Session Affinity')) return 'Service';
  if (record.has('Desired Number of Nodes Scheduled')) return 'DaemonSet';
  if (record.data.length > 0) return 'ConfigMap';
  if (record.has('Node') && record.has('IP', 'Containers', 'Start Time', 'QoS Class')) return 'Pod';
  return record.has('Pod Template') ? 'Deployment' : '';
}

function emitRecord(record: DescribeRecord, sink: Sink): void {
  const kind = kindOf(record);
  const { name, namespace } = record;
  if (name === '') return;
  const title = [kind, namespace, name];
  if (kind === 'Node') describeNode(record, sink);
  else if (kind === 'Pod') describePod(record, sink);
  else if (kind === 'Service') describeService(record, sink);
  else if (kind === 'Endpoints') describeEndpoints(record, sink);
  else if (kind === 'DaemonSet' || kind === 'Deployment')
    describeContainers(record.field('Pod Template')?.below ?? [], title, sink);
  for (const { key, lines } of record.data) {
    if (lines.length === 0) continue;
    const object = title.filter((part) => part !== undefined).join('/');
    const text = lines.map((line) => line.text).join('\n');
    readConfigKey(name, key, { object, text, lines, line: plainLines(lines) }, sink);
  }
  const below = record.field('Events')?.below ?? [];
  const headings = below[0] === undefined ? undefined : eventHeadings(below[0].text);
  const about = { namespace, object: `${kind === '' ? 'unknown' : kind}/${name}` };
  const rows = new EventRows(sink);
  for (const { text, at } of below.slice(1)) {
    if (rows.continue(text)) continue;
    const cells = eventCells(headings, text);
    if (cells !== undefined) rows.take(cells, about, at);
  }
  rows.end();
}

/** `kubectl describe`: nodes, pods, services, endpoints, config maps, daemon sets, with their events. */
export const kubectlDescribe: Parser = {
  id: 'kubectl-describe',
  title: 'kubectl describe node, pod, service, endpoints, config map, daemon set',
  command: new RegExp(`${KUBECTL.source}.* describe\\b`),
  starts: (line) => line.length < 1000 && (NAME.test(line) || POD_CIDR.test(line)),
  open(sink, section) {
    const command = kubectlCommand(section.command);
    const onlyName = command?.names.length === 1 ? command.names[0] : undefined;
    let record: DescribeRecord | undefined;
    /** The config map key whose text is being read, or `head` between its `Data` heading and the first key. */
    let data: 'head' | { readonly key: string; readonly lines: Line[] } | undefined;
    const seen = new Set<string>();

    const flush = () => {
      if (record !== undefined) emitRecord(record, sink);
      record = undefined;
      data = undefined;
    };

    const loneCidr = (text: string, at: Line): boolean => {
      const cidrs = POD_CIDR.exec(text)?.[1]
        ?.split(',')
        .flatMap((word) => canonicalPrefix(word) ?? []);
      if (cidrs === undefined || cidrs.length === 0) return false;
      const value = cidrs.join(',');
      // Of several nodes only the prefixes are left; PodCIDR and PodCIDRs say the same.
      if (onlyName !== undefined) {
        if (!seen.has(value)) sink.emit(node, { name: onlyName, pod_cidrs: cidrs }, at);
      } else if (!seen.has(value)) sink.emit(setting, { component: 'node', key: 'podCIDR', value }, at);
      seen.add(value);
      return true;
    };

    /** A config map's text may look like anything, so only its own end ends it. */
    const configText = (text: string, at: Line): boolean => {
      if (data === undefined || record === undefined) return false;
      if (/^(?:BinaryData|Events:.*)$/.test(text)) {
        data = undefined;
        return text === 'BinaryData' || record.add(text, at);
      }
      if (data === 'head' && /^=+$/.test(text)) return true;
      if (/^-{4}$/.test(text)) {
        // The underlined line before was the next key.
        const lines = data === 'head' ? [] : data.lines;
        const key = /^([\w.-]+):$/.exec(lines.at(-1)?.text.trim() ?? '')?.[1];
        if (key !== undefined) {
          lines.pop();
          data = { key, lines: [] };
          record.data.push(data);
          return true;
        }
      }
      if (data === 'head') data = { key: '', lines: [] };
      data.lines.push(at);
      return true;
    };

    return {
      line(at) {
        const text = at.text.trimEnd();
        if (NAME.test(text) && !(record !== undefined && /^\s/.test(text.slice(record.base)))) {
          flush();
          record = new DescribeRecord(at, text.length - text.trimStart().length);
        }
        if (text.trim() === '' && data === undefined) return true;
        if (record === undefined) return loneCidr(text, at) || /^(?:Error from server|No resources found)/.test(text);
        const own = text.slice(0, record.base).trim() === '' ? text.slice(record.base) : text;
        if (configText(own, at)) return true;
        if (/^Data$/.test(own)) {
          data = 'head';
          return true;
        }
        if (/^(?:=+|BinaryData)$/.test(own)) return true;
        return record.add(own, at);
      },
      end: flush,
    };
  },
};
