import type { Host } from './host.js';

/** Every source (dump or excerpt) that a host's routes, rules, addresses, neighbours and settings were read from, ascending. */
export function sourcesOf(host: Host, family: 4 | 6): readonly number[] {
  const shown = [host.addresses[family], host.rules[family], host.neighbours, host.fdb, ...host.tables.values()];
  const rulesets = host.rulesets.filter((rules) => rules.family === family);
  const rows = [
    ...[...host.devices.values()].flatMap((device) => device.links),
    ...host.sysctls.values(),
    ...host.firewalls,
    ...[...host.ipsets.values()].flatMap((set) => set.entries.map((entry) => entry.at)),
  ];
  const sources = [...shown, ...rulesets].flatMap((part) => part.sources);
  return [...new Set([...sources, ...host.wholeSysctls, ...rows.map((row) => row.source)])].sort((a, b) => a - b);
}
