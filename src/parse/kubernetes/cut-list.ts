import { setting } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';

/** Lists from whose silence something could be concluded, by the kind of their items and by kubectl's name of them. */
const LISTS = wordTable<string>({
  Node: 'nodes',
  Pod: 'pods',
  Service: 'services',
  Endpoints: 'endpoints',
  EndpointSlice: 'endpoints',
  nodes: 'nodes',
  pods: 'pods',
  services: 'services',
  endpoints: 'endpoints',
  endpointslices: 'endpoints',
});

/** Writes down that a list is not whole, once per list: what it does not hold may well be there. */
export function emitCut(sink: Sink, kinds: Iterable<string>, why: string, at: Line): void {
  for (const object of new Set([...kinds].flatMap((kind) => LISTS[kind] ?? []))) {
    sink.emit(setting, { component: 'list', object, key: 'cut', value: why }, at);
    sink.note(`the list of ${object} is not whole (${why}): what it lacks may well exist`, at.number);
  }
}

/** Writes down that a list shows only what its command asked for: what that left out may well be there. */
export function emitNarrowed(sink: Sink, kinds: Iterable<string>, why: string, at: Line): void {
  for (const object of new Set([...kinds].flatMap((kind) => LISTS[kind] ?? [])))
    sink.emit(setting, { component: 'list', object, key: 'narrowed', value: why }, at);
}

/** Writes down that the command asked for all namespaces and left nothing out: what the list lacks is not there. */
export function emitEverywhere(sink: Sink, object: string, at: Line): void {
  sink.emit(setting, { component: 'list', object, key: 'everywhere', value: 'all namespaces' }, at);
}

/** A line by which somebody shortened a paste: `...`, `[…]`, `<snip>`. */
export const ELISION =
  /^\s*(?:\.{3,}|…|\[\s*(?:\.{3}|…|snip(?:ped)?|truncated)\s*\]|<\s*(?:snip(?:ped)?|truncated)\s*>)\s*$/i;
