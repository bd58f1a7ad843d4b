/** Names of files that a batch writes itself. */
const TAKEN = ['index'];
const LONGEST = 120;

/** Endings that say how a bundle is packed, and those of captures; the compression goes first. */
const COMPRESSED = /\.(?:gz|xz|zst|zstd|bz2)$/i;
const PACKED = /\.(?:tar|tgz|txz|tzst|tbz2?|zip|pcap|pcapng|cap)$/i;

/** A bundle's name without what says how it is packed: `node-1.tar.gz` and `node-1.pcap` are both `node-1`. */
export function stem(file: string): string {
  const base = file.replace(/[\\/]+$/, '').replace(/^.*[\\/]/, '');
  const name = base.replace(COMPRESSED, '').replace(PACKED, '');
  // What a shell, a browser or another system could misunderstand does not become part of a file name.
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._+@ -]/gu, '_')
    .replace(/^[.\s-]+/, '')
    .replace(/[.\s]+$/, '');
  return [...safe].slice(0, LONGEST).join('') || 'bundle';
}

/** Gives out names that differ on every file system, also on those that take `A` and `a` for one. */
export class UniqueNames {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[] = []) {
    this.#taken = new Set([...TAKEN, ...taken].map((name) => name.toLowerCase()));
  }

  /** The name that is wanted, with a number behind it when another has it. */
  give(base: string): string {
    let name = base;
    for (let n = 2; this.#taken.has(name.toLowerCase()); n++) name = `${base}-${n}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
