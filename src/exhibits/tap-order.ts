import type { Conversation } from '../model/journey/conversations.js';
import type { RoundTrip, Step } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';

/**
 * The taps of a ladder in the order of the way from client to server: those that show a packet (by number), and those that
 * stand on the way, ran at the time and show none.
 */
export function standsOn(
  scene: Scene,
  { request, reply }: RoundTrip,
  { comparison }: Conversation,
  showing: ReadonlySet<number>,
): readonly TapView[] {
  const looked = new Set((comparison?.path ?? []).filter(({ sight }) => sight === 'not-seen').flatMap((s) => s.looked));
  const steps = [...request.steps, ...(reply?.steps ?? []).toReversed()];
  const rank = (view: TapView): number => {
    const device = steps.findIndex((step) => stands(view, step));
    if (device >= 0) return device;
    const own = steps.findLastIndex((step) => step.node === view.node);
    return own >= 0 ? own + 0.5 : steps.length;
  };
  return scene.taps
    .filter(
      (view) =>
        showing.has(view.tap) ||
        (view.kind === 'capture' && looked.has(view.source) && steps.some((step) => stands(view, step))),
    )
    .map((view) => ({ view, at: rank(view) }))
    .sort((a, b) => a.at - b.at || a.view.tap - b.view.tap)
    .map(({ view }) => view);
}

const stands = (view: TapView, step: Step): boolean => {
  if (view.node !== step.node) return false;
  if (view.ifname === 'any') return true;
  const { inIf, outIf } = view.row;
  return step.dev !== undefined && [view.ifname, inIf, outIf].includes(step.dev);
};
