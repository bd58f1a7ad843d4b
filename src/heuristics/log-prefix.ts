/**
 * What the text of a LOG rule says of its packets: `[UFW BLOCK]`, `FINAL_REJECT:`, `IPTABLES-DROPPED`. People and firewalls
 * name the verdict that follows; a prefix that names none says nothing.
 */
const DROPS =
  /(?:^|[^a-z])(?:drop(?:s|ped|ping)?|den(?:y|ies|ied)|block(?:s|ed)?|discard(?:s|ed)?|blackhole)(?:[^a-z]|$)/i;
const REJECTS = /(?:^|[^a-z])(?:reject(?:s|ed)?|refused?|prohibit(?:ed)?)(?:[^a-z]|$)/i;
/** `LOGDROP`, `FWDENY`: in capitals people run words together. */
const RUN_TOGETHER = /^[^a-z]*(?:DROP|DENY|DENIED|BLOCK|REJECT)/;
/** Audits of ufw and others accompany packets that pass, and so do prefixes that name both. */
const PASSES =
  /(?:^|[^a-z])(?:audit|allow(?:s|ed)?|accept(?:s|ed)?|pass(?:es|ed)?|permit(?:ted)?|would|not?|never|un|pre|before|test)(?:[^a-z]|$)/i;

/** What the prefix says, or undefined when it names no verdict, or both. */
export function prefixSays(prefix: string): 'dropped' | 'rejected' | undefined {
  if (PASSES.test(prefix)) return undefined;
  if (REJECTS.test(prefix)) return 'rejected';
  return DROPS.test(prefix) || RUN_TOGETHER.test(prefix) ? 'dropped' : undefined;
}

/** A packet that conntrack found invalid: late, out of window, of a connection that it has forgotten. */
export const saysInvalid = (prefix: string): boolean => /invalid/i.test(prefix);
/** A packet above a rate that somebody set (`[UFW LIMIT BLOCK]`). */
export const saysRate = (prefix: string): boolean => /(?:^|[^a-z])(?:limit|flood|rate)(?:[^a-z]|$)/i.test(prefix);
