import type { CauseCode } from '../core/code.js';
import type { NonEmpty, NotChecked } from '../core/finding.js';
import { endOf, type SightedStep } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { Missing } from '../model/journey/missing.js';
import { PASSING, type RoundTrip, type Step } from '../model/journey/step.js';
import { onAllDevices } from '../model/taps.js';
import type { Case, CauseDraft } from './cause.js';
import { causeAt, causeOfEnd } from './culprit-stage.js';
import { capture } from './wanted.js';

/** Most entries: the worst conversations come first, and nobody collects twenty things. */
const MOST = 8;

/**
 * What would tell where the conversations fail: the input at which a walk could not be continued, what a walk that should
 * pass took for granted, and the capture that would make a likely cause certain. One entry per command.
 */
export function undecided(given: Case, drafts: readonly CauseDraft[]): readonly NotChecked[] {
  const found = new Map<string, { code: CauseCode; missing: string[]; collect: string }>();
  const add = (code: CauseCode | undefined, { what, collect }: Missing): void => {
    if (code === undefined || drafts.some((draft) => draft.code === code && draft.confidence === 'proven')) return;
    const known = found.get(collect);
    if (known === undefined) found.set(collect, { code, missing: [what], collect });
    else if (!known.missing.includes(what) && known.missing.length < 4) known.missing.push(what);
  };
  const settled = ({ symptoms }: Conversation): boolean =>
    drafts.some((draft) => draft.confidence === 'proven' && symptoms.some((symptom) => draft.explains(symptom)));
  for (const conversation of given.failed) {
    const trip = settled(conversation) ? undefined : tripOf(conversation);
    if (trip === undefined || conversation.comparison?.parting.kind === 'agrees') continue;
    const end = endOf(trip);
    const last = end.steps.at(-1);
    if (end.missing !== undefined && last !== undefined) add(causeAt(last), end.missing);
    for (const walk of [trip.request, ...(trip.reply === undefined ? [] : [trip.reply])]) {
      // Of a walk that ends in a drop only what is assumed of the node that drops could change the end.
      for (const assumed of walk.assumptions)
        if (PASSING.has(end.disposition) || nodeOf(assumed) === end.node)
          add(causeOfInput(assumed, walk.steps), assumed);
    }
  }
  for (const conversation of [...given.failed, ...given.standing]) {
    const dark = unwatched(given, conversation);
    if (dark !== undefined && drafts.some((draft) => draft.code === dark.code)) add(dark.code, dark.missing);
  }
  return [...found.values()].slice(0, MOST).map(({ code, missing, collect }) => ({
    code,
    missing: missing as unknown as NonEmpty<string>,
    collect,
  }));
}

const tripOf = ({ comparison, journey }: Conversation): RoundTrip | undefined => comparison?.trip ?? journey.walks[0];

/** The node whose input is missing: the last word of what is missing. */
const nodeOf = ({ what }: Missing): string | undefined =>
  (/ of (\S+)$/.exec(what) ?? /^(?:the other rules of chain|members of ipset) .* on (\S+)$/.exec(what))?.[1];

/** What an input that was taken for granted would show, by the words of the model. */
export function causeOfInput(missing: Missing, steps: readonly Step[]): CauseCode | undefined {
  const { what } = missing;
  const node = nodeOf(missing);
  const envelope = steps.some((step) => step.node === node && step.stage === 'decapsulate');
  if (/netfilter rules|^the other rules of chain|^the (?:filter|raw|mangle) table/.test(what))
    return envelope ? 'overlay-port-blocked' : 'forward-drop';
  if (/^the (?:legacy|nft) tables of iptables/.test(what)) return 'mixed-iptables-backends';
  if (/ipset/.test(what)) return 'network-policy-drop';
  if (/setting/.test(what)) return /bridge-nf/.test(what) ? 'bridge-netfilter-disabled' : 'rp-filter-drop';
  if (/routing table|routing rules/.test(what)) return 'missing-pod-route';
  if (/tunnel end|neighbours|MAC address|forwarding/.test(what)) return 'stale-vtep';
  return /routers/.test(what) ? 'underlay-drop' : undefined;
}

/** A place that decides and where no tap stood: that of the drop, or the receiver's where packets vanish. */
function unwatched(
  given: Case,
  conversation: Conversation,
): { readonly code: CauseCode; readonly missing: Missing } | undefined {
  const { comparison } = conversation;
  if (comparison?.parting.kind === 'vanished') {
    const { after } = comparison.parting;
    const next: SightedStep | undefined = comparison.path[comparison.path.indexOf(after) + 1];
    return next?.sight === 'dark' && next.step.node !== after.step.node
      ? { code: 'underlay-drop', missing: captureAt(next.step) }
      : undefined;
  }
  const trip = tripOf(conversation);
  if (trip === undefined || comparison?.parting.kind === 'contradicted') return undefined;
  const end = endOf(trip);
  const code = causeOfEnd(end, trip.reply === undefined ? 'request' : 'reply');
  const place = end.steps.findLast((step) => /^(?:receive|transmit|start)$/.test(step.stage) && step.dev !== undefined);
  if (code === undefined || place === undefined) return undefined;
  const sighted = comparison?.path.find((s) => s.step === place);
  const dark = sighted === undefined ? !stands(given, place) : sighted.sight === 'dark';
  return dark ? { code, missing: captureAt(place) } : undefined;
}

/** A tap stands at the device of a step that nobody was seen to take: it would have shown it. */
const stands = ({ scene }: Case, { node, dev }: Step): boolean =>
  scene.taps.some((tap) => tap.kind !== 'log' && tap.node === node && (tap.ifname === dev || onAllDevices(tap)));

const captureAt = ({ node, dev, packet, outer }: Step): Missing => capture(node, dev, `host ${(outer ?? packet).dst}`);
