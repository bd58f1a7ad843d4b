import { log } from '../../core/event/log.js';
import { redact } from '../../core/redact.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { CalicoFacts, calicoComponent, calicoMeaning } from './calico-facts.js';
import { FlannelFacts } from './flannel-facts.js';
import { FLANNEL_ROUTINE, flannelVocabulary } from './flannel-message.js';
import { kubeFacts } from './kubelet-facts.js';
import { KUBE_ROUTINE, kubeVocabulary } from './kubelet-message.js';
import { LONGEST_LINE, type LogLine, readLogLine } from './log-line.js';
import type { Meaning } from './message-rule.js';
import { networkError } from './network-error.js';

/** Whose log it is when the line does not say. */
export type Home = 'flannel' | 'calico' | 'kubernetes';

const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/kube-?flannel|flanneld?\b/i, 'flannel'],
  [/calico-kube-controllers|kube-controllers/i, 'calico-kube-controllers'],
  [/calico-typha|\btypha/i, 'typha'],
  [/calico-cni|cni\.log|calico-install-cni/i, 'calico-cni'],
  [/calico-node|canal/i, 'calico-node'],
  [/kube-?proxy/i, 'kube-proxy'],
  [/kube-controller-manager/i, 'kube-controller-manager'],
  [/kube-apiserver/i, 'kube-apiserver'],
  [/kube-scheduler/i, 'kube-scheduler'],
  [/coredns|kube-dns/i, 'coredns'],
  [/containerd/i, 'containerd'],
  [/cri-?o\b/i, 'crio'],
  [/dockerd|\bdocker(?:\.service|\.log)?$/i, 'docker'],
  [/\bk3s/i, 'k3s'],
  [/rke2/i, 'rke2'],
  [/cilium/i, 'cilium'],
  [/aws-node|\bipamd|aws-routed-eni/i, 'aws-node'],
  [/kubelet/i, 'kubelet'],
  [/etcd/i, 'etcd'],
  [/metrics-server/i, 'metrics-server'],
];

/** The component that a program's, pod's, unit's or file's name tells. */
function componentOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : PROGRAMS.find(([pattern]) => pattern.test(name))?.[1];
}

/** What only a network component would say in an error; other errors of an API server are no business of ours. */
const NETWORK_WORDS =
  /network|\bcni\b|sandbox|\broutes?\b|routing|ip6?tables|ipvs|ipset|nftables|conntrack|cidr|subnet|\bdial\b|time(?:d )?-?out|resolv|\bdns\b|vxlan|\bbgp\b|interface|gateway|unreachable|refused/i;
const ALWAYS = /^(?:flannel|felix|bird6?|confd|calico|typha|kube-proxy|cni|canal)/;
/** Lines among logs that are nobody's: what kubectl says, stack dumps, empty answers. */
const BETWEEN =
  /^(?:Defaulted container |Default[a-z]* container |-- (?:Logs begin|Journal begins|Boot |Reboot|No entries|Unit |Subject)|Hint: You are currently not seeing|timed out$|panic: |goroutine \d+ \[|\s*(?:created by )?[\w./*()-]+\(.*\)$|\t\/?[\w./@-]+\.go:\d+|rpc error: code = |Calico node (?:started successfully|failed to start)|Calico started successfully|Terminating$|==> |\.{3}$|error execution phase |\[(?:preflight|init|reset|join)\] |unable to retrieve container logs)/;

/** The last words of a program that ends (cobra, klog's Exit), without any header. */
const LAST_WORDS =
  /^(?:Error|error|fatal|FATAL|panic): (?:(?:unable|failed|cannot|could not|couldn't|timed out|error|unexpected|invalid)\b|.*\bdial (?:tcp|udp) )/;

/** Longest message kept, per table `log`. */
const LONGEST = 1000;

/** Reverses the escaping of texts quoted within texts (`\"`, `\\\"`), so that one pattern fits every nesting. */
export function flattened(message: string): string {
  return message.includes('\\') ? message.replace(/\\{1,16}(["'])/g, '$1').replace(/\\{1,16}[nt]/g, ' ') : message;
}

/** Reads logs of flannel, Calico, kubelet and their neighbours, also interleaved (k3s, Canal, `--all-containers`). */
export class ComponentLog implements LineReader {
  readonly #sinks = new Map<string, Sink>();
  readonly #flannel = new FlannelFacts();
  readonly #calico = new CalicoFacts();
  readonly #section: string | undefined;
  /** A dump that a terminal wrapped: its first line and the text so far. */
  #wrapped: { readonly at: Line; readonly line: LogLine; text: string } | undefined;

  constructor(
    private readonly sink: Sink,
    section: Section,
    private readonly home: Home,
  ) {
    this.#section = componentOf(section.command) ?? componentOf(section.path);
  }

  line(at: Line): boolean {
    const line = readLogLine(at.text);
    if (line === undefined) return this.#between(at);
    this.#flush();
    if (/^Batch elem \[\d+\] is \{/.test(line.message) && !/\}\s*$/.test(line.message)) {
      this.#wrapped = { at, line, text: line.message };
      return true;
    }
    return this.#message(line, at);
  }

  end(): void {
    this.#flush();
    this.#calico.end();
  }

  #between(at: Line): boolean {
    const text = asPrinted(at.text);
    if (text.trim() === '') return true;
    if (
      this.#wrapped !== undefined &&
      this.#wrapped.text.length < LONGEST_LINE &&
      /^\s*(?:[\w*().]+[:{]|0x|"|[\d, ]*0x)/.test(text)
    ) {
      this.#wrapped.text += text;
      if (/\}\s*$/.test(text)) this.#flush();
      return true;
    }
    if (LAST_WORDS.test(text)) {
      this.#flush();
      return this.#message({ form: 'bare', level: 'error', timeKind: 'none', message: text.trim() }, at);
    }
    return text.length < LONGEST && BETWEEN.test(text);
  }

  #flush(): void {
    const wrapped = this.#wrapped;
    this.#wrapped = undefined;
    if (wrapped !== undefined) this.#message({ ...wrapped.line, message: wrapped.text }, wrapped.at);
  }

  #sinkOf(host: string | undefined): Sink {
    if (host === undefined) return this.sink;
    const sink = this.#sinks.get(host) ?? this.sink.of(host);
    this.#sinks.set(host, sink);
    return sink;
  }

  #message(line: LogLine, at: Line): boolean {
    const text = flattened(line.message.slice(0, LONGEST_LINE));
    const calico = line.form === 'calico' || line.form === 'bird';
    const own = calico ? calicoComponent(line.component) : componentOf(line.program);
    const said = own ?? line.component ?? this.#section;
    const meaning = this.#meaning(text, calico);
    const failure = networkError(text);
    // Other programs' lines in a journal say nothing here; a firewall's log (ulogd) is another format.
    if (line.form === 'carried' && meaning === undefined && own === undefined) return !/\bIN=\S* OUT=/.test(text);
    const sink = this.#sinkOf(line.host);
    if (meaning === undefined && failure === undefined) {
      if (FLANNEL_ROUTINE.test(text) || KUBE_ROUTINE.test(text)) return true;
      const component = said ?? this.home;
      if (
        /^(?:warning|error|fatal)$/.test(line.level ?? '') &&
        (NETWORK_WORDS.test(text) || (ALWAYS.test(component) && line.level !== 'warning'))
      )
        this.#emit(sink, line, { code: 'other', component }, at);
      return true;
    }
    if (meaning !== undefined) {
      const named = { ...meaning, component: this.#speaker(meaning, said, calico) };
      // A flag is a setting; it fills no row of the log.
      if (named.code !== 'flag') this.#emit(sink, line, named, at);
      if (named.component === 'flannel') this.#flannel.emit(sink, line.message, meaning, line.printed, at);
      else if (calico) this.#calico.emit(sink, text, meaning, at);
      else kubeFacts(sink, named, at);
    }
    if (failure !== undefined)
      this.#emit(
        sink,
        line,
        { ...failure, component: meaning?.component === 'cni' ? 'cni' : (said ?? meaning?.component ?? this.home) },
        at,
      );
    return true;
  }

  #meaning(text: string, calico: boolean): Meaning | undefined {
    if (calico) return calicoMeaning(text) ?? kubeVocabulary.meaning(text);
    const order = this.home === 'flannel' ? [flannelVocabulary, kubeVocabulary] : [kubeVocabulary, flannelVocabulary];
    for (const vocabulary of order) {
      const meaning = vocabulary.meaning(text);
      if (meaning !== undefined) return meaning;
    }
    return undefined;
  }

  /** Words like "failed to watch" are anybody's; what a plugin says stays the plugin's, whoever repeats it. */
  #speaker(meaning: Meaning, said: string | undefined, calico: boolean): string {
    if (calico) return meaning.component === 'calico' ? (said ?? 'calico') : meaning.component;
    return meaning.component === 'kubernetes' ? (said ?? this.home) : meaning.component;
  }

  #emit(sink: Sink, line: LogLine, meaning: Meaning, at: Line): void {
    const message = redact(line.message.slice(0, 8 * LONGEST))
      .replace(/\s+/g, (gap) => (/[\r\n]/.test(gap) ? ' ' : gap))
      .trim();
    sink.emit(
      log,
      {
        component: meaning.component,
        level: line.level,
        code: meaning.code,
        time_ns: line.timeNs,
        time_kind: line.timeNs === undefined ? 'none' : line.timeKind,
        message: message.length > LONGEST ? `${message.slice(0, LONGEST - 1)}…` : message,
        ifname: meaning.ifname,
        address: meaning.address,
        address2: meaning.address2,
        value: meaning.value === undefined ? undefined : redact(meaning.value),
      },
      at,
    );
  }
}
