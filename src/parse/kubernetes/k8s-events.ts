import type { Parser } from '../parser.js';
import { EventRows, eventCells, eventHeadings } from './event-columns.js';
import { KUBECTL, kubectlCommand } from './kubectl-command.js';
import { type Heading, unquoted } from './text-columns.js';

/** Lines between tables. */
const REMARK = /^(?:No (?:resources|events) found|Error from server|Warning: |-{2,}(?:\s+-{2,})*$)/;

/** No event is longer: the API cuts messages at 1024 bytes, old releases had none of several kilobytes. */
const LONGEST = 20_000;

/** Tables of Kubernetes events: `kubectl get events`, `kubectl events`, an Events section cut out of `describe`. */
export const k8sEvents: Parser = {
  id: 'k8s-events',
  title: 'Kubernetes events (kubectl get events, kubectl events, Events of describe)',
  command: new RegExp(`${KUBECTL.source}(?!.*\\s-o\\s?=?(?:yaml|json)).*(?: get (?:ev|events?)\\b| events\\b)`),
  starts(line) {
    if (line.length > LONGEST) return false;
    const text = unquoted(line);
    return eventHeadings(text) !== undefined || eventCells(undefined, text) !== undefined;
  },
  open(sink, section) {
    const namespace = kubectlCommand(section.command)?.namespace;
    const rows = new EventRows(sink);
    let headings: readonly Heading[] | undefined;
    return {
      line(at) {
        if (at.text.length > LONGEST) return false;
        const text = unquoted(at.text);
        if (text === '' || REMARK.test(text) || /^Events:$/.test(text) || rows.continue(text)) return true;
        const next = eventHeadings(text);
        if (next !== undefined) {
          headings = next;
          return true;
        }
        const cells = eventCells(headings, text);
        // An Events section without its object: the reason and message still count.
        const about = {
          namespace,
          object:
            headings?.some(({ name }) => name === 'FROM') === true || cells?.has('FROM') === true
              ? 'unknown/'
              : undefined,
        };
        return cells !== undefined && rows.take(cells, about, at);
      },
      end: () => rows.end(),
    };
  },
};
