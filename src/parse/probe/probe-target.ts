import { canonicalAddress } from '../../core/address.js';
import { redact } from '../../core/redact.js';
import { wordTable } from '../../core/word-table.js';
import { readPort } from '../packet/port-name.js';

/** What somebody tested, as typed on the command line. */
export interface ProbeTarget {
  /** As typed, without secrets. */
  readonly target: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** Value of -I, --interface, -s, -S and the like. */
  readonly source?: string | undefined;
}

/** Options that take a value, by tool; the sources among them. */
const VALUED = wordTable<readonly [valued: RegExp, source: RegExp]>({
  ping: [/^-[cisIWwtlmMpQSTeG]$/, /^-[IS]$/],
  curl: [
    /^(?:-[moXHdFTuAebcEKrtUwxyYzQC]|--(?:max-time|connect-timeout|output|request|header|data(?:-\w+)?|form|user|user-agent|cacert|cert|key|interface|resolve|retry(?:-\w+)?|proxy|write-out|cookie|local-port|dns-servers|connect-to))$/,
    /^--interface$/,
  ],
  wget: [
    /^(?:-[OoTtPUeaw]|--(?:header|timeout|tries|user|password|bind-address|output-document))$/,
    /^--bind-address$/,
  ],
  nc: [/^-[wpsiqGxXTIOV]$/, /^-s$/],
  ncat: [/^-[wpsiqGg]$/, /^-s$/],
  telnet: [/^-[blneS]$/, /^-b$/],
  traceroute: [/^-[fgimMNpqstwz]$/, /^-[is]$/],
  tracepath: [/^-[lmp]$/, /^$/],
  mtr: [/^-[cimsaIPfUZQF]$/, /^-[aI]$/],
  nslookup: [/^$/, /^$/],
  dig: [/^-[bcfkpqtxyu]$/, /^-b$/],
  host: [/^-[ctWRNmp]$/, /^$/],
});

/** The words of a command that are no options, and its source. */
export function probeWords(command: string): {
  readonly tool: string;
  readonly words: readonly string[];
  readonly source?: string | undefined;
} {
  const all = command.split(/\s+/).map((word) => word.replace(/^(['"\u2018\u201c])(.*)['"\u2019\u201d]$/, '$2'));
  const tool =
    all[0] === 'ping6'
      ? 'ping'
      : all[0] === 'netcat' || all[0] === 'nc.openbsd'
        ? 'nc'
        : all[0] === 'tcptraceroute' || all[0] === 'traceroute6'
          ? 'traceroute'
          : (all[0] ?? '');
  const [valued, source] = VALUED[tool] ?? [/^$/, /^$/];
  const words: string[] = [];
  let from: string | undefined;
  for (let i = 1; i < all.length; i++) {
    const word = all[i]!;
    const long = /^(--[\w-]+)=(.*)$/.exec(word);
    if (long !== null && source.test(long[1]!)) from = long[2];
    if (!/^[-\u2013].|^\+/.test(word)) words.push(word);
    // Letters in one word: only the last one can take the next word.
    else if (valued.test(word) || (/^-\w+$/.test(word) && valued.test(`-${word.at(-1)}`))) {
      if (source.test(word)) from = all[i + 1];
      i++;
    }
  }
  return { tool, words, source: from };
}

/** Scheme, host and port of a URL or `host[:port][/path]`. Only what the network needs to know, and no secret, is kept. */
export function readUrl(text: string): ProbeTarget | undefined {
  const m =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^/@\s]*@)?(\[[0-9a-fA-F:.%\w]+\]|[^/:?#\s[\]]+)(?::(\d{1,5}))?([/?#].*)?$/i.exec(
      text,
    );
  if (m === null) return undefined;
  const host = m[2]!.replace(/^\[|\]$/g, '');
  const scheme = m[1]?.toLowerCase();
  const port = m[3] !== undefined ? Number(m[3]) : scheme === 'https' ? 443 : 80;
  return { target: redact(text.replace(/(:\/\/)[^/@\s]*@/, '$1')), address: canonicalAddress(host), port };
}

/** Target of a command line, or undefined when it is none of ours or names no target. */
export function readProbeTarget(command: string | undefined): ProbeTarget | undefined {
  if (command === undefined) return undefined;
  const { tool, words, source } = probeWords(command);
  if (tool === 'curl' || tool === 'wget') {
    const url = words.find((word) => word.includes('://')) ?? words[0];
    const read = url === undefined ? undefined : readUrl(url);
    return read === undefined ? undefined : { ...read, source };
  }
  const target = words[0];
  if (target === undefined) return undefined;
  const port = words[1] === undefined ? -1 : readPort(words[1]);
  const ported = tool === 'nc' || tool === 'ncat' || tool === 'telnet';
  return { target, address: canonicalAddress(target), port: ported && port >= 0 ? port : undefined, source };
}
