import type { ConversationExhibit } from '../../core/exhibits.js';
import { HOW } from './break.js';
import { visitsOf } from './journey-stations.js';
import { html, type Markup } from './markup.js';

const ANY_PORT = /:any(?= |$)/;

/** The marks that a picture uses, and what they mean. */
export function legend(c: ConversationExhibit): Markup {
  const stations = (['request', 'reply'] as const).flatMap((which) => {
    const walk = c[which];
    const breakAt = c.breaksAt?.walk === which ? c.breaksAt : undefined;
    return walk === undefined ? [] : visitsOf(walk, breakAt).flatMap((visit) => visit.stations);
  });
  const used = (verdict: string): boolean => stations.some((s) => !s.breaks && s.verdict === verdict);
  return html`<ul class="legend" aria-label="Marks of the picture">${used('confirmed') && mark('seen', 'seen in a capture')}${
    used('predicted') && mark('predicted', 'predicted, nothing was captured there')
  }${used('contradicted') && mark('unseen', 'captured there, but not seen')}${
    used('unknown') && mark('unknown', 'nobody can tell from the bundle')
  }${c.breaksAt !== undefined && stations.some((s) => s.breaks) && mark('breaks', HOW[c.breaksAt.how].legend)}${
    ['request', 'reply'].some((which) =>
      c[which as 'request' | 'reply']?.steps.some((step) => ANY_PORT.test(step.packet)),
    ) && html`<li><code>:any</code> the client's own port, whatever it is</li>`
  }</ul>`;
}

const mark = (kind: string, says: string): Markup =>
  html`<li><svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" class="${kind}"><circle class="dot" cx="9" cy="9" r="7"/>${
    kind === 'breaks' && html`<path class="cross" d="M6 6l6 6m0-6l-6 6"/>`
  }</svg> ${says}</li>`;
