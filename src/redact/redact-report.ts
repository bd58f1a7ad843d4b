import type { Report } from '../core/finding.js';
import { Addresses, MetAddresses } from './addresses.js';
import type { Images } from './frame/rewriting.js';
import { Macs } from './macs.js';
import { type NameMap, namesOf } from './names.js';
import { Paths } from './paths.js';
import { isTradeWord } from './plain-words.js';
import { type Found, type Known, scan } from './scan.js';

/** Fields that hold words of the contract, never text of the bundle. */
const CONTRACT = new Set([
  'schema',
  'code',
  'codes',
  'kind',
  'severity',
  'confidence',
  'state',
  'cause',
  'explainedBy',
  'outcome',
  'disposition',
  'stage',
  'verdict',
  'parting',
  'direction',
  'walk',
]);
/** Fields that hold paths within the bundle. */
const PATHS = new Set(['file', 'searched']);

/** Replaces addresses and names, the same in every text and every frame that it is given. */
export interface Redactor extends Images {
  readonly text: (text: string) => string;
  /** A path of the bundle. */
  readonly path: (path: string) => string;
}

type Visit = (text: string, field: string) => string;

/** The same value with every string that is not the contract's own passed through `visit`. */
function mapStrings(value: unknown, field: string, visit: Visit): unknown {
  if (typeof value === 'string') return CONTRACT.has(field) ? value : visit(value, field);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, field, visit));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, key, visit)]));
}

/** What a report's addresses and names are replaced by. Made of the whole report, so that subnets are known before the first of them. */
export function redactorOf(report: Report): Redactor {
  const { names: known, ...told } = report;
  const met = new Set<string>();
  const paths = new Set<string>();
  mapStrings(told, '', (text, field) => {
    met.add(text);
    if (PATHS.has(field)) paths.add(text);
    return text;
  });
  const texts = [...met];
  const { nodes } = report.bundle;
  const names = namesOf(known, [...nodes, ...mapNodes(report)], texts);
  const addresses = addressesOf(texts);
  const vocabulary: Known = {
    name: (text) => names.get(text) !== undefined,
    v4: (value) => addresses.met.v4.has(value),
  };
  const replaced = (text: string): string => replaceIn(text, vocabulary, names, addresses);
  const pathNames = new Paths(replaced);
  // A bundle is called after a customer or a ticket more often than not.
  const bundle = bundleImage(report.bundle.name);
  const pathImage = new Map([...paths].map((path) => [path, pathNames.of(path)]));
  const quotedPaths = [...paths]
    .filter((path) => pathImage.get(path) !== replaced(path))
    .sort((a, b) => b.length - a.length);
  // The same lines are quoted again and again.
  const images = new Map<string, string>();
  const { addresses: mapped, macs } = addresses;
  return {
    ip4: (address) => Number(mapped.of4(BigInt(address))),
    ip6: (address) => mapped.bytes6(address),
    mac: (address) => macs.of(address),
    path: (path) => (path === report.bundle.name ? bundle : (pathImage.get(path) ?? pathNames.of(path))),
    text: (text) => {
      let image = images.get(text);
      if (image === undefined) {
        image =
          text === report.bundle.name
            ? bundle
            : (pathImage.get(text) ?? replaceKnown(text, report.bundle.name, bundle, quotedPaths, pathNames, replaced));
        images.set(text, image);
      }
      return image;
    },
  };
}

const mapNodes = ({ exhibits }: Report): string[] => exhibits?.cluster.nodes.map(({ name }) => name) ?? [];

/** `ACME-4711.tar.gz` is `bundle.tar.gz`. */
const bundleImage = (name: string): string =>
  name
    .split(' ')
    .map(
      (part) =>
        `bundle${/(?:\.(?:tar|tgz|txz|tbz2?|gz|xz|zst|bz2|zip|pcap|pcapng|cap|txt|log|json|ya?ml))*$/i.exec(part)![0]}`,
    )
    .join(' ');

/** Paths that a sentence quotes are replaced as paths, what is between them as text. */
function replaceKnown(
  text: string,
  bundle: string,
  bundleName: string,
  paths: readonly string[],
  pathNames: Paths,
  replaced: (text: string) => string,
): string {
  for (const path of [bundle, ...paths]) {
    const at = path === '' ? -1 : text.indexOf(path);
    if (at < 0 || (path.length < 4 && path !== text)) continue;
    if (/[A-Za-z0-9]/.test(text[at - 1] ?? '') || /[A-Za-z0-9]/.test(text[at + path.length] ?? '')) continue;
    const go = (part: string): string => replaceKnown(part, bundle, bundleName, paths, pathNames, replaced);
    return `${go(text.slice(0, at))}${path === bundle ? bundleName : pathNames.of(path)}${go(text.slice(at + path.length))}`;
  }
  return replaced(text);
}

interface MetAndMapped {
  readonly met: MetAddresses;
  readonly addresses: Addresses;
  readonly macs: Macs;
}

function addressesOf(texts: readonly string[]): MetAndMapped {
  const met = new MetAddresses();
  const real = new Set<string>();
  const blind: Known = { name: () => false, v4: () => false };
  for (const text of texts) {
    for (const { piece } of scan(text, blind)) {
      if (piece.kind === 'v4') met.add4(piece.value, piece.length);
      else if (piece.kind === 'v6') met.add6(piece.value, piece.length);
      else if (piece.kind === 'mac') real.add(piece.text);
    }
    for (const [, hex] of text.matchAll(/\bIP:0x([0-9a-f]{7,8})\b/gi)) met.add4(BigInt(`0x${hex}`));
  }
  const macs = new Macs(real);
  return { met, macs, addresses: new Addresses(met, macs) };
}

/** `--master=…` is an option and `master cni0` a bridge's port, though a node is called master. */
const isWordOfTrade = (text: string, { from, to, piece }: Found): boolean =>
  piece.kind === 'name' &&
  isTradeWord(piece.text) &&
  (text.slice(from - 2, from) === '--' ||
    /^ (?:cni|br|docker|bond|ovs|virbr|team|lxdbr|kube-bridge|weave)/.test(text.slice(to)));

function replaceIn(text: string, known: Known, names: NameMap, mapped: MetAndMapped): string {
  let out = '';
  let done = 0;
  for (const found of scan(text, known)) {
    if (isWordOfTrade(text, found)) continue;
    out += text.slice(done, found.from) + imageOf(found, names, mapped);
    done = found.to;
  }
  return out + text.slice(done);
}

function imageOf({ piece }: Found, names: NameMap, { addresses, macs }: MetAndMapped): string {
  switch (piece.kind) {
    case 'name':
      return names.get(piece.text)!;
    case 'mac':
      return macs.of(piece.text);
    case 'v6':
      return addresses.text6(piece.value, piece.length);
    case 'v4': {
      const dotted = addresses.text4(piece.value, piece.length);
      if (piece.form === 'dashed') return dotted.replaceAll('.', '-');
      if (piece.form === 'reversed') return dotted.split('.').reverse().join('.');
      if (piece.form === 'hex') return `0x${addresses.of4(piece.value).toString(16)}`;
      return dotted;
    }
  }
}

/** Characters of a quote, as the contract has it. */
const QUOTE = 400;

const cut = (quote: string): string => (quote.length > QUOTE ? `${quote.slice(0, QUOTE - 1)}…` : quote);

/** A quote that was cut may end within an address or a name, which nobody could tell for one. */
const wholeWords = (quote: string): string => quote.replace(/[0-9A-Za-z_.:-]+…$/, '…');

/** A report that was redacted, with what redacts the rest of its evidence in the same way. */
export interface Redaction extends Redactor {
  readonly report: Report;
}

/** Redacts a report with its real addresses and names. */
export function redactionOf(report: Report): Redaction {
  const { names: _, ...told } = report;
  const redactor = redactorOf(report);
  const visit: Visit = (value, field) => {
    if (PATHS.has(field)) return redactor.path(value);
    return field === 'quote' ? cut(redactor.text(wholeWords(value))) : redactor.text(value);
  };
  return { ...redactor, report: { ...(mapStrings(told, '', visit) as Report), redacted: true } };
}

/**
 * The report with every address and every name of the cluster replaced: prefixes, kinds and roles stay, codes, verdicts, times, ports and
 * counts too. The same report always gives the same result, and a report that was redacted is given back as it is.
 */
export const redactReport = (report: Report): Report =>
  report.redacted === true ? report : redactionOf(report).report;
