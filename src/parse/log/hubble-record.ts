import type { Line } from '../../core/sink.js';
import { flowOf, type HubbleFlow } from './hubble-flow.js';

const FIELD = /^ {0,11}(TIMESTAMP|NODE|SOURCE|DESTINATION|TYPE|VERDICT|SUMMARY): ?(.*)$/;
const BETWEEN = /^-{12}$/;

/** True for the line with which each flow begins: `  TIMESTAMP: Jan  1 00:20:34.567`. */
export const beginsRecord = (line: string): boolean =>
  /^ {2}TIMESTAMP: (?:[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d)/.test(line);

/** `hubble observe -o dict`: a flow of six or seven lines, a dashed line between two (hubble/pkg/printer, DictOutput). */
export class HubbleRecords {
  #fields = new Map<string, string>();
  #at: Line | undefined;

  /** The flow that this line completes, `open` while it is one of its lines, undefined where it is none. Cited is the destination. */
  feed(at: Line): { readonly flow: HubbleFlow | undefined; readonly at: Line } | 'open' | undefined {
    if (BETWEEN.test(at.text.trim())) {
      if (this.#fields.size === 0) return undefined;
      this.#fields = new Map();
      return 'open';
    }
    const [, key, value = ''] = FIELD.exec(at.text.trimEnd()) ?? [];
    if (key === undefined || (this.#fields.size === 0 && key !== 'TIMESTAMP')) return undefined;
    if (key === 'TIMESTAMP') this.#fields = new Map();
    this.#fields.set(key, value.slice(0, 400));
    if (key === 'DESTINATION') this.#at = at;
    if (key !== 'SUMMARY' || this.#at === undefined) return 'open';
    const word = (name: string): string => this.#fields.get(name) ?? '';
    const flow = flowOf({
      from: word('SOURCE'),
      to: word('DESTINATION'),
      type: word('TYPE'),
      verdict: word('VERDICT'),
      summary: value,
    });
    const done = { flow, at: this.#at };
    this.#at = undefined;
    return done;
  }
}
