import { PATH_WORDS } from './path-words.js';

/** Names of files and folders: words of the trade stay, all others are replaced, as they may name a customer. */

const PART = /[A-Za-z]+|\d+/g;
/** What interfaces are called, as part of a file's name. */
const INTERFACE =
  /^(?:eth|ens|eno|enp|enx|em|bond|br|cni|flannel|cali|veth|lxc|tunl|vxlan|docker|wlan|team|ib|p)\d*[a-z0-9]*$/i;

export class Paths {
  readonly #images = new Map<string, string>();

  /** `text` replaces addresses and names of the cluster. */
  constructor(private readonly text: (text: string) => string) {}

  of(path: string): string {
    const parts = this.text(path).split(/([/!])/);
    return parts.map((part) => (part === '/' || part === '!' ? part : this.#segment(part))).join('');
  }

  #segment(segment: string): string {
    const original = segment;
    if (/^(?:cali|veth|lxc)[0-9a-f]{6,}/.test(original)) return original;
    return segment.replace(/[A-Za-z0-9\u0080-\uffff]+/g, (word) => {
      if (/^[0-9]+$/.test(word))
        return /^\d{1,4}$|^\d{6}$|^(?:19|20)\d{6}(?:\d{4,6})?$/.test(word) ? word : this.#image(word);
      if (INTERFACE.test(word)) return word;
      const letters = word.match(PART) ?? [];
      const known = /^[\x00-\x7f]*$/.test(word) && letters.every((part) => /^\d{1,4}$/.test(part) || this.#known(part));
      return known ? word : this.#image(word);
    });
  }

  #known = (part: string): boolean => part.length < 3 || PATH_WORDS.has(part.toLowerCase());

  #image(word: string): string {
    let image = this.#images.get(word);
    if (image === undefined) {
      image = `x${this.#images.size + 1}`;
      this.#images.set(word, image);
    }
    return image;
  }
}
