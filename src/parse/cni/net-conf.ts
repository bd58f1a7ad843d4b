import type { Line, Sink } from '../../core/sink.js';
import { plainLines, readConfigKey } from '../kubernetes/object-config-map.js';
import { JsonDepth } from '../network/json-text.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** Keys that stand in no other JSON that people paste. */
const NET_CONF = /^\s*(?:\{\s*)?"(?:IPv6)?Network"\s*:\s*"[\da-fA-F.:]+\/\d+"/;
const CNI_CONF = /^\s*(?:\{\s*)?(?:"name"\s*:\s*"[\w.-]+"\s*,\s*)?"cniVersion"\s*:\s*"\d/;
const FILE = /[\w.-]*(?:net-conf\.json|\.conflist|cni-conf\.json|\.conf)\b/;
/** Longest file that is kept, in lines. */
const LIMIT = 2000;

class ConfigReader implements LineReader {
  #lines: Line[] = [];
  #depth = new JsonDepth();

  constructor(
    private readonly sink: Sink,
    private readonly section: Section,
  ) {}

  line(at: Line): boolean {
    const text = asPrinted(at.text);
    if (this.#lines.length === 0) {
      if (text.trim() === '' || /^cat: /.test(text)) return true;
      const begins = NET_CONF.test(text) || CNI_CONF.test(text);
      if (!/^\s*\{/.test(text)) {
        // The opening brace was on a line that told nothing.
        if (!begins) return false;
        this.#depth.add('{');
      }
    } else if (this.#lines.length > LIMIT || /^\S*[@#$] /.test(text)) return false;
    this.#lines.push({ ...at, text });
    if (!this.#depth.add(text)) this.#finish();
    return true;
  }

  end(): void {
    if (this.#lines.length > 0) this.#finish();
  }

  #finish(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#depth = new JsonDepth();
    const body = lines.map(({ text }) => text).join('\n');
    const text = /^\s*\{/.test(body) ? body : `{${body}`;
    const source = `${this.section.command ?? ''} ${this.section.path}`;
    const object = FILE.exec(source)?.[0] ?? 'net-conf.json';
    const config = { object, text, lines, line: plainLines(lines) };
    if (/"cniVersion"|"plugins"/.test(text)) readConfigKey('cni', 'cni-conf.json', config, this.sink);
    else if (/"(?:IPv6)?Network"\s*:/.test(text))
      readConfigKey(/canal/.test(source) ? 'canal-config' : 'kube-flannel-cfg', 'net-conf.json', config, this.sink);
  }
}

/**
 * flannel's net-conf.json (also as etcd's key), and CNI configurations: 10-flannel.conflist, 10-calico.conflist, 10-canal.conflist.
 * Gives `setting` rows of component flannel, canal or cni; credentials in a configuration are left alone.
 * Source: flannel Documentation/configuration.md; containernetworking/cni SPEC.md.
 */
export const netConf: Parser = {
  id: 'net-conf',
  longest: Number.POSITIVE_INFINITY,
  title: 'net-conf.json of flannel, CNI configuration (/etc/cni/net.d)',
  command:
    /^(?:cat|more|head|jq \S+) (?:\S+ )*\S*(?:net-conf\.json|\.conflist|\/cni\/net\.d\/\S*)|^etcdctl (?:.* )?get \S*\/network\/config/,
  path: /net-conf\.json$|\.conflist$|\/cni\/net\.d\/[^/]+\.conf$/,
  starts: (line) => NET_CONF.test(line) || CNI_CONF.test(line),
  open: (sink, section) => new ConfigReader(sink, section),
};
