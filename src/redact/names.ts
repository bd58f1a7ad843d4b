import type { Names } from '../core/finding.js';
import { foundDomains, foundNames } from './found-names.js';
import { componentOf, isNoNode, isPlain } from './plain-words.js';

/** What a name is the name of. It is the name's replacement, with a number. */
export type Role = 'node' | 'pod' | 'service' | 'namespace' | 'workload' | 'policy' | 'name' | 'uid' | 'user';

const DEPLOYED = /^(.+)-[a-f0-9]{8,10}-[a-z0-9]{5}$/;
const GENERATED = /^(.+)-(?=[a-z0-9]*\d)[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const ORDINAL = /^(.+)-\d{1,4}$/;

/** The workload that made a pod, by the pod's name. */
const workloadOf = (pod: string): string | undefined =>
  (DEPLOYED.exec(pod) ?? GENERATED.exec(pod) ?? ORDINAL.exec(pod))?.[1];

/** Names that a report mentions, with what stands for them. Names are compared in lower case, as DNS does. */
export class NameMap {
  readonly #images = new Map<string, string>();
  readonly #numbers = new Map<string, number>();

  /** `real`: words of the report, none of which is given as an image. */
  constructor(private readonly real: ReadonlySet<string>) {}

  /** What stands for a name, or undefined when it is none that is replaced. */
  get(name: string): string | undefined {
    return this.#images.get(name.toLowerCase());
  }

  get names(): readonly string[] {
    return [...this.#images.keys()];
  }

  add(role: Role, given: string): void {
    const name = given.toLowerCase();
    // One or two letters are words, and a name within addresses is no name.
    if (this.#images.has(name) || (name.length < 3 && !/[a-z]\d/.test(name))) return;
    if (role === 'node' ? isNoNode(name) : isPlain(name)) return;
    const component = role === 'pod' ? componentOf(name) : undefined;
    if (component !== undefined && component === name) return;
    if (role === 'workload' && componentOf(name) !== undefined) return;
    this.#images.set(name, this.#next(component ?? role));
    if (role === 'node') {
      const [label, ...domain] = name.split('.');
      if (domain.length > 0 && !this.#images.has(label!) && !isNoNode(label!))
        this.#images.set(label!, this.#images.get(name)!);
    }
    const workload = role === 'pod' && component === undefined ? workloadOf(name) : undefined;
    if (workload !== undefined) this.add('workload', workload);
  }

  /** Sub-domains of one domain stay sub-domains of one domain. */
  addDomain(name: string): void {
    if (this.#images.has(name)) return;
    const labels = name.split('.');
    const base = labels.slice(-2).join('.');
    if (!this.#images.has(base)) this.#images.set(base, `${this.#next('domain')}.example`);
    if (labels.length > 2) this.#images.set(name, `${this.#next('host')}.${this.#images.get(base)}`);
  }

  #next(word: string): string {
    let image: string;
    do {
      const number = (this.#numbers.get(word) ?? 0) + 1;
      this.#numbers.set(word, number);
      image = word === 'uid' ? `00000000-0000-0000-0000-${String(number).padStart(12, '0')}` : `${word}-${number}`;
    } while (this.real.has(image));
    return image;
  }
}

/** All names of a report: those that the analysis knows first, then those that its texts give away. */
export function namesOf(known: Names | undefined, nodes: readonly string[], texts: readonly string[]): NameMap {
  const real = new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z]+-\d+/g) ?? []));
  const map = new NameMap(real);
  for (const name of nodes) map.add('node', name);
  for (const name of known?.nodes ?? []) map.add('node', name);
  for (const name of known?.services ?? []) map.add('service', name);
  for (const name of known?.namespaces ?? []) map.add('namespace', name);
  for (const name of known?.pods ?? []) map.add('pod', name);
  for (const name of known?.policies ?? []) map.add('policy', name);
  for (const name of known?.others ?? []) map.add('name', name);
  for (const text of texts) for (const [role, name] of foundNames(text)) map.add(role, name);
  for (const text of texts) for (const name of foundDomains(text)) map.addDomain(name);
  return map;
}
