import type { NfOption } from '../ruleset.js';
import type { Effect } from '../targets/effect.js';
import { readTarget } from '../targets/index.js';
import type { Act } from './statement.js';
import type { Cursor } from './tokens.js';

const option = (name: string, ...values: readonly string[]): NfOption => ({ name, negated: false, values });

/** Flags behind a NAT statement; `fully-random` is what iptables calls `random-fully`. */
function natFlags(cursor: Cursor): NfOption[] {
  const flags: NfOption[] = [];
  for (;;) {
    if (cursor.accept('fully-random')) flags.push(option('random-fully'));
    else if (cursor.accept('random')) flags.push(option('random'));
    else if (!cursor.accept('persistent', ',')) return flags;
  }
}

/** Nobody can tell what comes after. */
export const unknown =
  (what: string): Act =>
  ({ host }): Effect => ({ kind: 'unknown', missing: { what, collect: `nft list ruleset    # on ${host.name}` } });

/** masquerade, redirect, snat and dnat, turned into the targets of iptables that do the same. */
export function translation(name: string, cursor: Cursor): Act {
  const target = { masquerade: 'MASQUERADE', redirect: 'REDIRECT', snat: 'SNAT', dnat: 'DNAT' }[name]!;
  cursor.accept('ip', 'ip6');
  let to: string | undefined;
  if (cursor.accept('to')) to = cursor.take();
  const flags = natFlags(cursor);
  const plain = to === undefined || /^(\[?[0-9a-fA-F.:-]+\]?)(:[\d-]+)?$|^:[\d-]+$/.test(to);
  if (!plain || (!cursor.done && cursor.peek() !== 'comment')) {
    const rest = cursor.rest();
    return unknown(`where ${name} to ${to ?? ''} ${rest} leads`);
  }
  const key = target === 'SNAT' ? 'to-source' : target === 'DNAT' ? 'to-destination' : 'to-ports';
  const value = key === 'to-ports' ? to?.replace(/^:/, '') : to;
  return readTarget({
    kind: 'extension',
    name: target,
    options: value === undefined ? flags : [option(key, value), ...flags],
  });
}
