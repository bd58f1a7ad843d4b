import type { SourceRow } from '../../store/dimensions.js';
import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';
import { buildIpsets } from '../netfilter/ipset.js';
import { hostAddresses } from './addresses.js';
import { chooseDump } from './choose-dump.js';
import { dataPlaneOf } from './data-plane.js';
import { devicesOf } from './devices.js';
import type { Host } from './host.js';
import { asDump, rowsByDump } from './host-dumps.js';
import { forwardingEntriesOf, neighboursOf } from './link-layer.js';
import { defaultRules, rulesOf, sameRule } from './rules.js';
import { hostRulesets, lackingDumps, ownRows } from './rulesets.js';
import { routeTables } from './tables.js';

/** Every node's kernel as the bundle shows it. Facts of other network namespaces (pods) are not the node's. */
export function buildHosts(cluster: Cluster): ReadonlyMap<string, Host> {
  const names = new Set([...cluster.nodes.keys(), ...cluster.dumpedNodes]);
  return new Map([...names].sort().map((name) => [name, hostOf(name, cluster)]));
}

function hostOf(name: string, cluster: Cluster): Host {
  const own = <R extends Placed>(rows: readonly R[]): readonly R[] => ownRows(cluster, rows, name);
  const { facts } = cluster;
  const dumps: ReadonlyMap<number, SourceRow> = new Map(cluster.dumpsOn(name).map((dump) => [dump.source, dump]));
  const addressRows = own(facts.addresses);
  const devices = devicesOf(own(facts.links), addressRows);
  const addresses = hostAddresses(addressRows, dumps);
  const routes = own(facts.routes).filter((row) => dumps.get(row.source)?.format !== 'birdcl');
  const policy = rowsByDump(
    own(facts.policyRules),
    dumps,
    'rule',
    (rows) => rows.some((row) => row.priority === 0) && rows.some((row) => row.table === 'main'),
  );
  const rules = (family: 4 | 6): Host['rules'][4] => {
    const ofFamily = policy.map(({ rows, ...dump }) => ({
      ...dump,
      rows: rows.filter((row) => row.family === family),
    }));
    const chosen = chooseDump(
      ofFamily.filter(({ rows }) => rows.length > 0).map((dump) => asDump(dump, () => undefined)),
      { row: sameRule },
    );
    return { ...chosen, value: chosen.shown === 'none' ? defaultRules(family) : rulesOf(chosen.value) };
  };
  const sysctls = own(facts.sysctls);
  const byFamily = { 4: rules(4), 6: rules(6) };
  return {
    name,
    devices,
    addresses,
    rules: byFamily,
    tables: routeTables({
      rows: routes,
      dumps,
      addresses,
      devices,
      rules: byFamily,
      forwards6: sysctls.findLast((row) => row.key === 'net.ipv6.conf.all.forwarding')?.value === '1',
    }),
    neighbours: neighboursOf(own(facts.neighbours), dumps),
    fdb: forwardingEntriesOf(own(facts.fdb), dumps),
    sysctls: new Map(sysctls.map((row) => [row.key, row])),
    wholeSysctls: wholeSysctls(sysctls, dumps),
    rulesets: hostRulesets(cluster, name),
    dataPlane: dataPlaneOf(name, devices, cluster),
    ipvs: own(facts.ipvs),
    firewalls: own(facts.firewalls),
    ipsets: buildIpsets(own(facts.ipsets), own(facts.ipsetMembers), lackingDumps(cluster, name)),
    isElsewhere: (address) => {
      const { role, node } = cluster.owner(address);
      return role === 'pod' && node !== undefined && node !== name;
    },
  };
}

/** Fewest network settings that a running host has; a dump of all has some hundred to some thousand lines. */
const ALL_SETTINGS = 200;

/** Dumps of all settings, by their length: a file's name (`sysctl.txt`) does not tell which were asked for. */
function wholeSysctls(rows: readonly Placed[], dumps: ReadonlyMap<number, SourceRow>): readonly number[] {
  const lines = new Map<number, number>();
  for (const { source } of rows) lines.set(source, (lines.get(source) ?? 0) + 1);
  return [...lines].flatMap(([source, count]) =>
    count >= ALL_SETTINGS && dumps.get(source)?.filtered === false ? [source] : [],
  );
}
