import { canonicalAddress, familyOf } from '../../core/address.js';
import { Proto } from '../../core/frame.js';
import { wordTable } from '../../core/word-table.js';
import { isObject, type JsonObject } from '../network/json-text.js';
import { ciliumEnd, echoType, icmpOf, tcpFlags } from './cilium-drop.js';

/** One end of a flow: an address, a name where Hubble puts names for addresses, or both. */
export interface FlowEnd {
  readonly address?: string | undefined;
  /** `namespace/pod`, or a host's name. */
  readonly name?: string | undefined;
  /** -1 where the protocol has none. */
  readonly port: number;
}

/** One line of `hubble observe`. */
export interface HubbleFlow {
  readonly src: FlowEnd;
  readonly dst: FlowEnd;
  readonly proto: number;
  readonly tcpFlags: number;
  /** -1 where nothing tells. */
  readonly icmpType: number;
  /** What became of the packet there. `denied`: by a policy; other drops, and what is only noted, are `other`. */
  readonly verdict: 'denied' | 'forwarded' | 'other';
  /** What the line calls a drop by a policy. */
  readonly reason: string;
}

/** `Sep 30 09:52:11.402 [cluster/node]: SRC (ID:1) <> DST (ID:2) Policy denied DROPPED (TCP Flags: SYN)` (hubble/pkg/printer, compact). */
const COMPACT =
  /^(?:(?:[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S{0,20}(?: \[[^\]]{1,200}\])?: )?(\S{1,400})(?: \([^()]{1,100}\))? (->|<-|<>) (\S{1,400})(?: \([^()]{1,100}\))? (\S.{0,120}?) (FORWARDED|DROPPED|DENIED|ALLOWED|AUDITED|REDIRECTED|TRACED|TRANSLATED|ERROR)(?: \((.{0,300})\))?$/;
const BY_POLICY = /^(?:Policy denied|Denied by policy|policy-verdict:)/;
const NAME = /^([A-Za-z0-9][A-Za-z0-9._/-]{0,380})(?::(\d{1,5}))?$/;

function endOf(text: string): FlowEnd | undefined {
  const end = ciliumEnd(text);
  if (end !== undefined) return end;
  const [, name, port] = NAME.exec(text) ?? [];
  return name === undefined ? undefined : { name, port: port === undefined ? -1 : Number(port) };
}

const verdictOf = (type: string, verdict: string): HubbleFlow['verdict'] => {
  if (verdict === 'DROPPED' || verdict === 'DENIED') return BY_POLICY.test(type) ? 'denied' : 'other';
  return verdict === 'FORWARDED' || verdict === 'ALLOWED' ? 'forwarded' : 'other';
};

/** A line of the compact form, which is the default one. */
export function compactFlow(text: string): HubbleFlow | undefined {
  const [, left, arrow, right, type = '', verdict = '', summary = ''] = COMPACT.exec(text) ?? [];
  if (left === undefined || right === undefined) return undefined;
  // `<-`: a reply, printed with the client at the left.
  const [from, to] = arrow === '<-' ? [right, left] : [left, right];
  return flowOf({ from, to, type, verdict, summary });
}

const TIME = /^(?:[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S{0,20}(?=\s)/;
const VERDICT = /^(?:FORWARDED|DROPPED|DENIED|ALLOWED|AUDITED|REDIRECTED|TRACED|TRANSLATED|ERROR)$/;
const withoutIdentity = (end: string): string => end.replace(/ \([^()]{1,100}\)$/, '');

/** A row of `-o table`: TIMESTAMP, NODE if asked for, SOURCE, DESTINATION, TYPE, VERDICT, SUMMARY (hubble/pkg/printer, TabOutput). */
export function tableFlow(text: string): HubbleFlow | undefined {
  const time = TIME.exec(text)?.[0];
  if (time === undefined || text.length > 2000) return undefined;
  const columns = text
    .slice(time.length)
    .trim()
    .split(/\s{2,}|\t/);
  const at = columns.findIndex((column) => VERDICT.test(column));
  if (at < 3 || at > 4) return undefined;
  return flowOf({
    from: withoutIdentity(columns[at - 3]!),
    to: withoutIdentity(columns[at - 2]!),
    type: columns[at - 1]!,
    verdict: columns[at]!,
    summary: columns[at + 1] ?? '',
  });
}

/** What all forms print of a flow. */
export interface FlowWords {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly verdict: string;
  readonly summary: string;
}

/** A flow from its words; undefined where an end is none. */
export function flowOf({ from, to, type, verdict, summary }: FlowWords): HubbleFlow | undefined {
  const [src, dst] = [endOf(from), endOf(to)];
  if (src === undefined || dst === undefined) return undefined;
  const tcp = /^TCP Flags: (.+)$/.exec(summary)?.[1];
  const icmp = /^ICMPv([46])/.exec(summary)?.[1];
  const proto =
    icmp !== undefined
      ? icmp === '4'
        ? Proto.icmp
        : Proto.icmp6
      : tcp !== undefined
        ? Proto.tcp
        : /^UDP/.test(summary)
          ? Proto.udp
          : /^SCTP/.test(summary)
            ? Proto.sctp
            : -1;
  return {
    src,
    dst,
    proto,
    tcpFlags: tcp === undefined ? 0 : tcpFlags(tcp.split(/[ ,]+/)),
    icmpType: icmp === undefined ? -1 : echoType(summary, icmp === '4' ? 4 : 6),
    verdict: verdictOf(type, verdict),
    reason: type.startsWith('policy-verdict:') ? 'Policy denied' : type,
  };
}

const objectOf = (o: JsonObject | undefined, key: string): JsonObject | undefined => {
  const value = o?.[key];
  return isObject(value) ? value : undefined;
};
const textOf = (o: JsonObject | undefined, key: string): string | undefined => {
  const value = o?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
const numberOf = (o: JsonObject | undefined, key: string, missing: number): number => {
  const value = o?.[key];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 65_536 ? value : missing;
};

/** Numbers of drops by a policy, and by one that denies (api/v1/flow/flow.proto, DropReason). */
const BY_POLICY_NUMBERS = new Set([133, 181]);
const REASONS = wordTable<string>({
  POLICY_DENIED: 'Policy denied',
  POLICY_DENY: 'Policy denied by denylist',
});

/** A flow as JSON: alone in its line (`-o json` of old), or as the field `flow` (`-o jsonpb`, the exporter's log). */
export function jsonFlow(o: JsonObject): HubbleFlow | undefined {
  const flow = objectOf(o, 'flow') ?? o;
  const [verdict, ip] = [textOf(flow, 'verdict'), objectOf(flow, 'IP')];
  const [source, destination] = [textOf(ip, 'source'), textOf(ip, 'destination')].map((t) => canonicalAddress(t ?? ''));
  if (verdict === undefined || source === undefined || destination === undefined) return undefined;
  const l4 = objectOf(flow, 'l4');
  const [tcp, udp, sctp] = [objectOf(l4, 'TCP'), objectOf(l4, 'UDP'), objectOf(l4, 'SCTP')];
  const icmp = objectOf(l4, familyOf(destination) === 6 ? 'ICMPv6' : 'ICMPv4');
  const ports = tcp ?? udp ?? sctp;
  const port = (key: string): number => (ports === undefined ? -1 : numberOf(ports, key, 0));
  const flags = objectOf(tcp, 'flags');
  const reason = textOf(flow, 'drop_reason_desc');
  const byPolicy =
    verdict === 'DROPPED' &&
    (reason === undefined ? BY_POLICY_NUMBERS.has(numberOf(flow, 'drop_reason', -1)) : reason in REASONS);
  return {
    src: { address: source, name: podOf(objectOf(flow, 'source')), port: port('source_port') },
    dst: { address: destination, name: podOf(objectOf(flow, 'destination')), port: port('destination_port') },
    proto:
      tcp !== undefined
        ? Proto.tcp
        : udp !== undefined
          ? Proto.udp
          : sctp !== undefined
            ? Proto.sctp
            : icmp === undefined
              ? -1
              : icmpOf(destination),
    tcpFlags: flags === undefined ? 0 : tcpFlags(Object.keys(flags).filter((name) => flags[name] === true)),
    // What is 0 is not printed.
    icmpType: icmp === undefined ? -1 : numberOf(icmp, 'type', 0),
    verdict: byPolicy ? 'denied' : verdict === 'FORWARDED' ? 'forwarded' : 'other',
    reason: REASONS[reason ?? ''] ?? 'Policy denied',
  };
}

function podOf(end: JsonObject | undefined): string | undefined {
  const [namespace, pod] = [textOf(end, 'namespace'), textOf(end, 'pod_name')];
  return namespace === undefined || pod === undefined ? undefined : `${namespace}/${pod}`;
}
