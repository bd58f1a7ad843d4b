import { wordTable } from '../../../core/word-table.js';
import type { NfTarget } from '../ruleset.js';
import type { Sight } from '../sight.js';
import { CONTINUE, type Effect, type TargetReader } from './effect.js';
import { connmark, mark } from './mark.js';
import { masquerade, redirect } from './masquerade.js';
import { dnat, netmap, snat } from './nat.js';
import { ct, notrack } from './notrack.js';

/** Targets that log, count or change what no match here looks at. */
const CONTINUING = new Set(
  'LOG NFLOG ULOG TRACE AUDIT TCPMSS TCPOPTSTRIP TOS DSCP ECN TTL HL CHECKSUM CLASSIFY SET IDLETIMER LED RATEEST SECMARK CONNSECMARK TEE'.split(
    ' ',
  ),
);

const READERS = wordTable<TargetReader>({
  MARK: mark,
  CONNMARK: connmark,
  DNAT: dnat,
  SNAT: snat,
  NETMAP: netmap,
  MASQUERADE: masquerade,
  REDIRECT: redirect,
  CT: ct,
  NOTRACK: notrack,
});

/** Who decides about a packet that goes to user space or elsewhere. */
const ELSEWHERE = wordTable<string>({
  NFQUEUE: 'the verdict of the program that listens on NFQUEUE',
  QUEUE: 'the verdict of the program that listens on QUEUE',
  TPROXY: 'the proxy that TPROXY hands the packet to',
  SYNPROXY: 'the way behind SYNPROXY',
});

/** True when a packet that meets the target cannot be told from one that does not. */
export const isWithoutEffect = (target: NfTarget): boolean =>
  target.kind === 'none' || (target.kind === 'extension' && CONTINUING.has(target.name));

/** What an extension target does (all but ACCEPT, DROP, REJECT, RETURN and chains). */
export function readTarget(target: NfTarget & { readonly kind: 'extension' }): (sight: Sight) => Effect {
  if (CONTINUING.has(target.name)) return () => CONTINUE;
  const reader = READERS[target.name];
  if (reader !== undefined) return reader(target.options);
  return ({ host }) => ({
    kind: 'unknown',
    missing: {
      what: ELSEWHERE[target.name] ?? `what the target ${target.name} does`,
      collect: `iptables -t raw -I PREROUTING -s ADDRESS -j TRACE    # on ${host.name}, then xtables-monitor --trace`,
    },
  });
}
