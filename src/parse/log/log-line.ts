import { asPrinted } from '../pasted.js';
import { readBird, readCalico } from './calico-head.js';
import { readKlog } from './klog.js';
import { carriedTime, isKernel, readCarrier } from './log-carrier.js';
import { type LogHead, levelOf, stamp } from './log-head.js';
import { readJsonLog, readLogfmt, readZap } from './logfmt.js';

/** One line of a component's log: its carrier and its own header are off. */
export interface LogLine extends Omit<LogHead, 'form'> {
  /** `carried`: a syslog or journal line of a program without a header of its own; `bare`: a CNI error by itself. */
  readonly form: LogHead['form'] | 'carried' | 'bare';
  readonly host?: string | undefined;
  /** Program of the syslog tag or systemd unit. */
  readonly program?: string | undefined;
}

const COREDNS = /^\[(INFO|WARNING|ERROR|FATAL|DEBUG)\] (plugin\/.*)$/s;
/** What the runtime or kubelet says of a sandbox, pasted without its line: the openings of these errors. */
const SANDBOX =
  /^(?:\(combined from similar events\): )?(?:Failed (?:to )?create pod sandbox: |network ?plugin:? cni failed to |rpc error: code = \w+ desc = failed to (?:set ?up|create)|plugin type="[\w.-]+"(?: name="[^"]*")? failed \()/i;
/** `kubectl logs --timestamps`. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (\S.*)$/s;
/** kubeadm's checks: `[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: /proc/… contents are not set to 1`. */
const PREFLIGHT = /^\[(ERROR|WARNING) (?=[A-Z][\w-]*\]: )[\w-]+\]: (()\S.*)$/s;
/** `kubectl logs --prefix` and stern-like tools. */
const POD_PREFIX = /^\[pod\/([^/\]]+)\/([^\]]+)\] /;

/** Longest stretch of a line that is looked at, in UTF-16 units; flannel's dumps have some 1500. */
export const LONGEST_LINE = 16384;

function readHead(text: string): LogHead | undefined {
  const c = text.charCodeAt(0);
  // E F I W
  if (c === 0x45 || c === 0x46 || c === 0x49 || c === 0x57) return readKlog(text);
  if (c === 0x62) return readBird(text);
  if (c === 0x7b) return readJsonLog(text);
  if (c >= 0x30 && c <= 0x39) return readCalico(text) ?? readBird(text) ?? readZap(text);
  if (c === 0x5b) {
    const m = COREDNS.exec(text) ?? PREFLIGHT.exec(text);
    if (m === null) return readCalico(text);
    const component = m[3] === undefined ? 'coredns' : 'kubeadm';
    return { form: 'bracket', level: levelOf(m[1]!), timeKind: 'none', component, message: m[2]! };
  }
  return readLogfmt(text);
}

/**
 * Reads a log line of any Kubernetes network component: klog, logrus, slog, zap, JSON, Calico or BIRD header, by itself or carried by
 * syslog, the journal, CRI or `kubectl logs --timestamps --prefix`. The better known time of the two wins. Undefined for kernel
 * lines, and for text that is no log line.
 */
export function readLogLine(printed: string): LogLine | undefined {
  let text = asPrinted(printed.slice(0, 4 * LONGEST_LINE)).trim();
  // JSON is of use only as a whole.
  if (!text.startsWith('{')) text = text.slice(0, LONGEST_LINE);
  if (text === '') return undefined;
  const pod = POD_PREFIX.exec(text);
  if (pod !== null) text = text.slice(pod[0].length);
  const bare = readHead(text);
  if (bare !== undefined) return { ...bare, program: pod?.[2] };
  if (SANDBOX.test(text)) return { form: 'bare', timeKind: 'none', message: text };
  const stamped = STAMPED.exec(text);
  const inner = stamped === null ? undefined : readHead(stamped[2]!);
  if (inner !== undefined) return { ...inner, ...stamp(stamped![1]!), printed: inner.printed, program: pod?.[2] };
  const carried = readCarrier(text);
  if (carried === undefined || isKernel(carried)) return undefined;
  const head = readHead(carried.rest.trim());
  const program = carried.tag ?? carried.unit?.replace(/\.service$/, '') ?? pod?.[2];
  if (head === undefined) {
    // A time stamp alone makes no log line.
    if (carried.host === undefined || program === undefined) return undefined;
    const message = carried.rest.trim();
    return {
      form: 'carried',
      host: carried.host,
      program,
      level: carried.level,
      timeKind: carried.timeKind,
      timeNs: carriedTime(carried),
      message,
    };
  }
  const ownTime = head.timeKind === 'epoch' || (head.timeNs !== undefined && carried.timeKind !== 'epoch');
  const time = ownTime ? {} : { timeKind: carried.timeKind, timeNs: carriedTime(carried) };
  return { ...head, ...time, host: carried.host, program };
}
