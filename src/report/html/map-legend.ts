import type { MapWay } from '../../core/exhibits.js';
import { html, type Markup } from './markup.js';

const WORDS: Readonly<Record<MapWay['state'], string>> = {
  right: 'leads to that node',
  wrong: 'does not, or packets were lost on it',
  unknown: 'the bundle does not tell',
};

/** What the marks of ways mean, each as the picture draws it; only those that it has. */
export function wayMarks(states: readonly MapWay['state'][], mark: (state: MapWay['state']) => Markup): Markup {
  const used = (['right', 'wrong', 'unknown'] as const).filter((state) => states.includes(state));
  return html`${used.map((state) => html`<li>${mark(state)} ${WORDS[state]}</li>`)}`;
}
