import { log } from '../../core/event/log.js';
import { Frame } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { TapNumbers } from '../tap-numbers.js';
import {
  isNetfilterLog,
  type NetfilterLog,
  readMonitorPacket,
  readMonitorTransport,
  readNetfilterLog,
} from './iptables-log.js';
import { JournalRecords } from './journal-record.js';
import { type KernelMessage, readKernelMessage, readLoss } from './kernel-message.js';
import { type Carried, carriedTime, isKernel, readCarrier } from './log-carrier.js';
import { PacketTemplates } from './packet-templates.js';

/** Programs whose lines other parsers read when they concern the network. */
const CLUSTER =
  /^(?:kubelet|hyperkube|kubelite|kube-[\w-]+|k3s(?:-agent|-server)?|rke2[\w-]*|flanneld?|calico[\w-]*|canal[\w-]*|felix|bird6?|confd|cni|containerd|crio|docker(?:d|-\w+)?|rkt|podman|cri-[\w-]+|cilium[\w-]*|microk8s[\w.-]*)$/;
const NETWORK =
  /cni|network|flannel|calico|subnet|vxlan|route|sandbox|dial tcp|i\/o timeout|iptables|ipset|bridge|lease|connection refused|podcidr/i;
/** journalctl's and dmesg's own remarks. */
const REMARK =
  /^-- .* --$|^-- (?:Logs begin|Journal begins|Boot |Reboot|No entries)|^dmesg: |^Hint: You are currently not seeing/;
const MONITOR_TRACE = /^\s*TRACE: \d+ [0-9a-f]+ (\S+)/;
const LL_HEADER = /^(?:IPv4: )?ll header: (?:[0-9a-f]{8}: )?((?:[0-9a-f]{2}[ :]?){12,})/;
/** Hosts of one log. */
const MOST_HOSTS = 4096;
const NO_CARRIER: Carried = { form: 'raw', timeKind: 'none', sec: -1, nsec: 0, tag: 'kernel', rest: '' };

class Reader implements LineReader {
  readonly #frame = new Frame();
  readonly #records = new JournalRecords();
  readonly #taps = new TapNumbers();
  readonly #hosts = new Map<string, Sink>();
  readonly #templates: PacketTemplates;
  /** Where the packets of a template go is known by their tap. */
  readonly #sinkOf = new Map<number, Sink>();
  /** A martian waits for the link-layer header that the kernel logs next. */
  #martian: { readonly at: Line; readonly carried: Carried; readonly what: KernelMessage } | undefined;
  #monitored: (NetfilterLog & { readonly text: string }) | undefined;

  constructor(
    private readonly sink: Sink,
    private readonly all: boolean,
  ) {
    this.#templates = new PacketTemplates(sink.addresses);
  }

  bytes(bytes: Uint8Array, from: number, to: number, number: number): boolean {
    if (this.#records.open) return false;
    const found = this.#templates.read(bytes, from, to);
    if (found === undefined) return false;
    this.#sinkOf.get(found.tap)!.packetIn(bytes, from, to, number, found.frame, found.tap);
    return true;
  }

  line(at: Line): boolean {
    const spanning = this.#records.take(at);
    if (spanning !== undefined) {
      if (spanning.record !== undefined) this.#message(spanning.record.carried, spanning.record.at);
      if (at.text !== '') return true;
    }
    if (at.text.trim() === '' || REMARK.test(at.text)) return true;
    // /dev/kmsg and dmesg --raw of structured messages: dictionary lines beneath the message.
    if (/^ [A-Z_]+=/.test(at.text)) return true;
    const carried = readCarrier(at.text);
    if (carried !== undefined) return this.#message(carried, at);
    return this.#bare(at);
  }

  end(): void {
    const record = this.#records.finish();
    if (record !== undefined) this.#message(record.carried, record.at);
    this.#flush();
    // A file of one host is that host's; one of many hosts (a log server's) is nobody's.
    if (this.#hosts.size === 1) this.sink.host([...this.#hosts.keys()][0]!, 'syslog');
  }

  /** A message without carrier (dmesg -t, journalctl -o cat, a paste): only what is about the network. */
  #bare(at: Line): boolean {
    const text = at.text.replace(/^[\s>]+/, '');
    const carried = { ...NO_CARRIER, rest: text };
    if (this.#monitor(text, at)) return true;
    if (this.#packet(carried, at) || this.#kernel(carried, at)) return true;
    return this.all;
  }

  #message(carried: Carried, at: Line): boolean {
    if (isKernel(carried)) {
      if (!this.#packet(carried, at)) this.#kernel(carried, at);
      return true;
    }
    // ulogd writes no tag, so a prefix with a colon was taken for one.
    const tag = carried.tag;
    const whole = tag === undefined || tag === 'ulogd' ? carried.rest : `${tag}: ${carried.rest}`;
    if (isNetfilterLog(carried.rest) && this.#packet({ ...carried, rest: whole }, at)) return true;
    const loss = readLoss(carried.rest);
    if (loss !== undefined) {
      this.#emit(loss, carried, at);
      return true;
    }
    if (carried.form !== 'syslog' && carried.form !== 'journal') return false;
    return tag === undefined || !CLUSTER.test(tag) || !NETWORK.test(carried.rest);
  }

  #kernel(carried: Carried, at: Line): boolean {
    const header = LL_HEADER.exec(carried.rest);
    if (header !== null) {
      this.#flush(header[1]);
      return true;
    }
    this.#flush();
    const what = readKernelMessage(carried.rest) ?? readLoss(carried.rest);
    if (what === undefined) return false;
    if (what.code.startsWith('martian')) this.#martian = { at, carried, what };
    else this.#emit(what, carried, at);
    return true;
  }

  #packet(carried: Carried, at: Line): boolean {
    if (!carried.rest.includes('IN=')) return false;
    this.#frame.reset();
    const found = readNetfilterLog(carried.rest, this.#frame, this.sink.addresses);
    if (found === undefined) return false;
    const tap = this.#give(found, carried, at);
    const invalid = found.prefix?.startsWith('nf_ct_') === true ? readKernelMessage(found.prefix) : undefined;
    if (invalid?.code === 'conntrack-invalid') this.#emit(invalid, carried, at);
    else if (!this.#records.open) this.#templates.learn(at.text, carried, this.#frame, tap);
    return true;
  }

  /** xtables-monitor --trace: a PACKET line, then the rules it met. */
  #monitor(text: string, at: Line): boolean {
    const trace = MONITOR_TRACE.exec(text);
    if (trace !== null) {
      if (this.#monitored !== undefined) {
        const { text: packet, ...found } = this.#monitored;
        readMonitorTransport(packet, this.#frame);
        this.#give({ ...found, trace: trace[1] }, NO_CARRIER, at);
      }
      return true;
    }
    if (!text.startsWith('PACKET: ')) return false;
    this.#frame.reset();
    const found = readMonitorPacket(text, this.#frame, this.sink.addresses);
    this.#monitored = found === undefined ? undefined : { ...found, text };
    if (found !== undefined) this.#give(found, NO_CARRIER, at);
    return found !== undefined;
  }

  #give(found: NetfilterLog, carried: Carried, at: Line): number {
    this.#frame.sec = carried.sec;
    this.#frame.nsec = carried.nsec;
    const sink = this.#of(carried.host);
    const tap = this.#taps.of(
      { kind: 'log', timeKind: carried.timeKind, direction: 'unknown', ...found },
      sink,
      carried.host,
    );
    if (!this.#sinkOf.has(tap)) this.#sinkOf.set(tap, sink);
    sink.packet(this.#frame, tap, at);
    return tap;
  }

  #flush(header?: string): void {
    const martian = this.#martian;
    if (martian === undefined) return;
    this.#martian = undefined;
    // Destination and source: the source is the neighbour that sent it.
    const bytes = header?.match(/[0-9a-f]{2}/g);
    const value =
      bytes === undefined || bytes === null
        ? undefined
        : `from ${bytes.slice(6, 12).join(':')} to ${bytes.slice(0, 6).join(':')}`;
    this.#emit({ ...martian.what, value }, martian.carried, martian.at);
  }

  #emit(what: KernelMessage, carried: Carried, at: Line): void {
    this.#of(carried.host).emit(
      log,
      {
        component: carried.tag ?? 'syslog',
        level: carried.level ?? what.level,
        code: what.code,
        time_ns: carriedTime(carried),
        time_kind: carried.timeKind,
        message: carried.rest.slice(0, 1000),
        ifname: what.ifname,
        address: what.address,
        address2: what.address2,
        value: what.value,
      },
      at,
    );
  }

  #of(host: string | undefined): Sink {
    if (host === undefined) return this.sink;
    let sink = this.#hosts.get(host);
    // Any line may name another.
    if (sink === undefined && this.#hosts.size === MOST_HOSTS) {
      this.sink.note(`lines of more than ${MOST_HOSTS} hosts: those of the rest are of no node`);
      return this.sink;
    }
    if (sink === undefined) {
      sink = this.sink.of(host);
      this.#hosts.set(host, sink);
    }
    return sink;
  }
}

function starts(line: string): boolean {
  if (JournalRecords.starts(line)) return true;
  const carried = readCarrier(line);
  if (carried === undefined) {
    const text = line.replace(/^[\s>]+/, '');
    return (
      (isNetfilterLog(text) && !/^-A /.test(text)) ||
      /^PACKET: \d+ [0-9a-f]+ (?:IN|OUT)=/.test(text) ||
      /^(?:IPv4: )?martian (?:source|destination) \S+ from|^nf_conntrack: .*table full|^neighbour: \w+: neighbor table overflow/.test(
        text,
      )
    );
  }
  if (isKernel(carried)) return carried.form !== 'dmesg' || carried.timeKind !== 'none' || isNetfilterLog(carried.rest);
  if (carried.form !== 'syslog' && carried.form !== 'journal') return false;
  return isNetfilterLog(carried.rest) || (carried.tag !== undefined && !CLUSTER.test(carried.tag));
}

const COMMAND =
  /^(?:dmesg\b|xtables-monitor\b|journalctl\b(?!.*(?:\s-u|\s--unit|\s-t\s|--identifier))|(?:cat|tail|head|less|more|zcat)\s.*\/(?:messages|syslog|kern\.log|dmesg|ufw\.log)\S*$)/;

/**
 * A whole dmesg, syslog or journal, in any carrier that log-carrier.ts and journal-record.ts read: netfilter LOG and
 * TRACE lines become packets (tap kind `log`, one per prefix and devices), messages about the network become `log`
 * rows (codes: kernel-message.ts), and other programs' lines are passed over. Lines of cluster programs (kubelet,
 * flanneld, …) that concern the network are refused, so that their own parsers get them.
 */
export const kernelLog: Parser = {
  id: 'kernel-log',
  longest: Number.POSITIVE_INFINITY,
  title:
    'kernel log: iptables LOG and TRACE lines, martians, conntrack and neighbour overflows (dmesg, syslog, journal)',
  command: COMMAND,
  path: /(?:^|\/)(?:dmesg|kern\.log|kernel\.log|messages|syslog|ufw\.log|iptables\.log)(?:[._-][^/]*)?$/,
  starts,
  open: (sink: Sink, section: Section) => new Reader(sink, /^dmesg\b/.test(section.command ?? '')),
};
