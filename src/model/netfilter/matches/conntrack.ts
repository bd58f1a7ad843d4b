import type { NfOption } from '../ruleset.js';
import { type Answer, answer, doubt, type MatchReader, negate, type Predicate, type Sight } from '../sight.js';
import { addressTest } from './address.js';
import { portRange, protocolNumber } from './numbers.js';
import { unreadable } from './unread.js';

/** States of a packet as `--ctstate` tells them: one of conntrack's own, and DNAT or SNAT beside it. */
function stateNames({ packet, tracked }: Sight): ReadonlySet<string> | undefined {
  const { ct } = packet;
  if (!tracked) return new Set(['INVALID']);
  if (ct.state === 'unknown') return undefined;
  const names = new Set<string>([ct.state]);
  if (ct.state !== 'INVALID' && ct.state !== 'UNTRACKED') {
    if (ct.dnat) names.add('DNAT');
    if (ct.snat) names.add('SNAT');
  }
  return names;
}

function hasState(wanted: ReadonlySet<string>, sight: Sight): Answer {
  const names = stateNames(sight);
  if (names === undefined) {
    const text = [...wanted].join(',');
    return doubt(
      `ctstate ${text}`,
      `whether conntrack of ${sight.host.name} has the packet as ${text}`,
      'conntrack -L',
    );
  }
  return answer(
    [...names].some((name) => wanted.has(name)),
    false,
  );
}

/** True when conntrack has an entry for the packet, so that its other facts can be compared at all. */
const hasEntry = ({ packet, tracked }: Sight): boolean =>
  tracked && packet.ct.state !== 'INVALID' && packet.ct.state !== 'UNTRACKED';

/** Both directions of the entry, as far as the packet tells: replies' addresses are known on the way there only. */
function tupleField(name: string, { packet }: Sight): string | number | undefined {
  const { ct } = packet;
  const there = ct.direction === 'original';
  switch (name) {
    case 'ctorigsrc':
      return ct.orig.src;
    case 'ctorigdst':
      return ct.orig.dst;
    case 'ctorigsrcport':
      return ct.orig.sport;
    case 'ctorigdstport':
      return ct.orig.dport;
    case 'ctreplsrc':
      return there ? packet.dst : undefined;
    case 'ctrepldst':
      return there ? packet.src : undefined;
    case 'ctreplsrcport':
      return there ? packet.dport : undefined;
    case 'ctrepldstport':
      return there ? packet.sport : undefined;
    default:
      return undefined;
  }
}

function statusAnswer(wanted: readonly string[], { packet }: Sight): Answer {
  const seen = packet.ct.state === 'ESTABLISHED';
  // The first packet's entry is confirmed after the last hook.
  const has = new Set(packet.ct.state === 'NEW' ? [] : seen ? ['SEEN_REPLY', 'CONFIRMED'] : ['CONFIRMED']);
  if (packet.ct.dnat) has.add('DNAT');
  if (packet.ct.snat) has.add('SNAT');
  if (wanted.some((name) => has.has(name))) return 'yes';
  if (packet.ct.state === 'NEW' || wanted.every((name) => name === 'NONE' || name === 'DNAT' || name === 'SNAT'))
    return 'no';
  return doubt(`ctstatus ${wanted.join(',')}`, `the status ${wanted.join(',')} of the connection`, 'conntrack -L');
}

function tupleTest(option: NfOption): ((value: string | number) => boolean) | undefined {
  const text = option.values[0] ?? '';
  if (!option.name.endsWith('port')) {
    const test = addressTest(text);
    return test === undefined ? undefined : (value) => test(String(value));
  }
  const range = portRange(text);
  return range === undefined ? undefined : (value) => Number(value) >= range[0] && Number(value) <= range[1];
}

function one(option: NfOption): Predicate {
  const text = option.values[0] ?? '';
  const turned = (held: Answer): Answer => (option.negated ? negate(held) : held);
  switch (option.name) {
    case 'ctstate':
    case 'state': {
      const wanted = new Set(text.split(','));
      return (sight) => turned(hasState(wanted, sight));
    }
    case 'ctproto': {
      const proto = protocolNumber(text);
      if (proto === undefined) break;
      return (sight) => (hasEntry(sight) ? answer(sight.packet.proto === proto, option.negated) : 'no');
    }
    case 'ctdir':
      return (sight) =>
        hasEntry(sight) ? answer(sight.packet.ct.direction === text.toLowerCase(), option.negated) : 'no';
    case 'ctstatus': {
      const wanted = text.split(',');
      return (sight) => (hasEntry(sight) ? turned(statusAnswer(wanted, sight)) : 'no');
    }
    default: {
      const test = /^ct(orig|repl)(src|dst)(port)?$/.test(option.name) ? tupleTest(option) : undefined;
      if (test === undefined) break;
      return (sight) => {
        if (!hasEntry(sight)) return 'no';
        const value = tupleField(option.name, sight);
        if (value !== undefined) return answer(test(value), option.negated);
        return turned(doubt(`${option.name} ${text}`, `whether --${option.name} ${text} holds`, 'conntrack -L'));
      };
    }
  }
  return unreadable('conntrack', [option]);
}

/**
 * `-m conntrack` and `-m state` (conntrack_mt in xt_conntrack.c). Without an entry the packet is INVALID or UNTRACKED,
 * and every option but the state fails, negated or not.
 */
export const conntrack: MatchReader = (options) => options.map(one);

/** `-m helper`: only connections that another one expected have a helper's name (xt_helper.c). */
export const helper: MatchReader = (options) =>
  options.map((option): Predicate => {
    const unknown = unreadable('helper', [option]);
    return (sight) => (sight.packet.ct.state === 'NEW' ? answer(false, option.negated) : unknown(sight));
  });
