/**
 * What a tap of Cilium's drops is called: the words of `cilium monitor` (`xx drop (Policy denied)`), or Hubble's
 * (`hubble (Policy denied)`). No rule stands behind them: its programs decide.
 */
export const ciliumTool = (prefix: string): 'cilium monitor' | 'Hubble' | undefined =>
  prefix.startsWith('xx drop (') ? 'cilium monitor' : prefix.startsWith('hubble (') ? 'Hubble' : undefined;

/** True when the words say that a policy denied the packet. */
export const isPolicyVerdict = (prefix: string): boolean =>
  ciliumTool(prefix) !== undefined && /^(?:xx drop|hubble) \((?:Policy denied|Denied by policy)/.test(prefix);
