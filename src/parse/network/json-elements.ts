import type { Line } from '../../core/sink.js';
import { JsonText } from './json-text.js';

/** Longest element that is read, in UTF-16 units: a device with ten thousand addresses has a quarter of it. */
const LONGEST = 8 * 1024 * 1024;

const [BLANK, QUOTE, COMMA, BACKSLASH] = [32, 34, 44, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/**
 * The objects of a JSON list, each as soon as its last bracket is there: of a list of any length only one element is held.
 * An object without a list around it is given, too.
 */
export class JsonElements {
  /** Something was opened. */
  begun = false;
  /** Something between the elements is no object, or one was too long. */
  malformed = false;
  #depth = 0;
  /** Depth around the open element. */
  #around: number | undefined;
  /** Lines of the open element, and where it begins in the first one. */
  #lines: Line[] = [];
  #from = 0;
  #size = 0;

  constructor(private readonly each: (element: JsonText) => void) {}

  /** True while the text goes on after this line. */
  add(at: Line): boolean {
    const { text } = at;
    if (this.#lines.length > 0) this.#hold(at);
    // iproute2 breaks no line within a string.
    let inString = false;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (inString) {
        if (c === BACKSLASH) i++;
        else if (c === QUOTE) inString = false;
      } else if (c === OPEN_OBJECT || c === OPEN_LIST) {
        if (c === OPEN_OBJECT && this.#around === undefined) this.#begin(at, i);
        this.#depth++;
        this.begun = true;
      } else if (c === CLOSE_OBJECT || c === CLOSE_LIST) {
        this.#depth--;
        if (this.#depth === this.#around) this.#give(i + 1);
      } else if (c === QUOTE) inString = true;
      if (this.#around === undefined && c > BLANK && c !== COMMA && c !== OPEN_LIST && !isClosing(c))
        this.malformed = true;
    }
    return this.#depth > 0;
  }

  /** Gives what there is of an element that was cut. @returns false when the text ended early */
  end(): boolean {
    if (this.#lines.length > 0) this.#give();
    return this.#depth <= 0;
  }

  #begin(at: Line, from: number): void {
    this.#around = this.#depth;
    this.#from = from;
    this.#size = 0;
    this.#hold(at);
  }

  #hold(at: Line): void {
    this.#size += at.text.length + 1;
    this.#lines.push(at);
    if (this.#lines.length === 1 || this.#size <= LONGEST) return;
    this.#lines = [];
    this.malformed = true;
  }

  #give(to?: number): void {
    const lines = this.#lines;
    this.#around = undefined;
    this.#lines = [];
    if (lines.length > 0) this.each(new JsonText(lines, this.#from, to));
  }
}

const isClosing = (c: number): boolean => c === CLOSE_LIST || c === CLOSE_OBJECT;
