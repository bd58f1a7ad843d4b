/** Writes a value the way iptables-save does (`xtables_save_string` in libxtables). */
export function ruleWord(value: string): string {
  return /^[A-Za-z0-9_-]+$/.test(value) ? value : `"${value.replace(/[\\"']/g, '\\$&')}"`;
}

/**
 * What a dump hides of a rule, or what was not understood, as a match that no kernel has: whoever evaluates the rule
 * meets an unknown match and cannot tell, which is the truth.
 */
export function unread(text: string): string {
  return `-m unread --text ${ruleWord(text)}`;
}
