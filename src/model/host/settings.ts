import type { sysctl } from '../../core/event/network.js';
import type { Fact, Placed } from '../facts.js';
import type { Told } from './answer.js';
import type { Host } from './host.js';

/** A kernel setting with the values that it may have: one when the bundle shows it. */
interface Setting {
  readonly key: string;
  readonly values: readonly number[];
  readonly at: readonly Placed[];
}

/** Reverse-path filter of a device: the maximum of `all` and its own (IN_DEV_RPFILTER, include/linux/inetdevice.h). */
export const rpFilter = (host: Host, dev: string): Told<number> =>
  combined(host, of(host, 4, dev, 'rp_filter', [0, 1, 2]), of(host, 4, 'all', 'rp_filter', [0, 1, 2]), Math.max);

/** The values that the reverse-path filter of a device may have: one when the bundle tells. */
export const possibleRpFilters = (host: Host, dev: string): readonly number[] => {
  const own = of(host, 4, dev, 'rp_filter', [0, 1, 2]);
  const all = of(host, 4, 'all', 'rp_filter', [0, 1, 2]);
  return combinations(own, all, Math.max);
};

/**
 * Whether the host forwards what comes in by a device. IPv4: the device's own setting (IN_DEV_FORWARD; writing ip_forward
 * or conf.all.forwarding sets all devices); IPv6: conf.all.forwarding (net/ipv6/ip6_output.c ip6_forward), or, in newer
 * kernels, the device's own force_forwarding.
 */
export function forwarding(host: Host, iif: string, family: 4 | 6): Told<boolean> {
  if (family === 6) {
    const all = of(host, 6, 'all', 'forwarding', [0, 1]);
    const forced = host.sysctls.get(`net.ipv6.conf.${iif}.force_forwarding`);
    if (forced?.value === '1') return known(true, [forced]);
    return told(host, all.values, all, (value) => value !== 0);
  }
  const own = of(host, 4, iif, 'forwarding', [0, 1]);
  if (own.values.length === 1) return told(host, own.values, own, (value) => value !== 0);
  // Without the device's own line the host-wide switch tells what all devices were last set to.
  const key = host.sysctls.has('net.ipv4.ip_forward') ? 'net.ipv4.ip_forward' : 'net.ipv4.conf.all.forwarding';
  const wide = one(host, key, [0, 1]);
  return told(host, wide.values, wide, (value) => value !== 0);
}

/** Settings of which that of `all` or the device's own suffices (IN_DEV_ORCONF). */
export type EitherSetting =
  | 'log_martians'
  | 'proxy_arp'
  | 'route_localnet'
  | 'send_redirects'
  | 'accept_local'
  | 'src_valid_mark';

/** Whether an OR-ed setting is on for a device. */
export function eitherSetting(host: Host, dev: string, name: EitherSetting): Told<boolean> {
  const merged = combined(host, of(host, 4, dev, name, [0, 1]), of(host, 4, 'all', name, [0, 1]), Math.max);
  return merged.kind === 'unknown' ? merged : { ...merged, value: merged.value !== 0 };
}

/**
 * Whether bridged packets pass iptables (net/bridge/br_netfilter_hooks.c). The setting is absent while the module is not
 * loaded: then they do not.
 */
export function bridgeCallsIptables(host: Host, family: 4 | 6): Told<boolean> {
  const key = `net.bridge.bridge-nf-call-ip${family === 6 ? '6' : ''}tables`;
  const line = host.sysctls.get(key);
  if (line?.absent === true) return known(false, [line]);
  if (line === undefined && host.wholeSysctls.length > 0) {
    return { kind: 'known', value: false, at: [], assumptions: [] };
  }
  const setting = one(host, key, [0, 1]);
  return told(host, setting.values, setting, (value) => value !== 0);
}

/** Any setting as a number; `undefined` key lines are unknown. */
export const numberSetting = (host: Host, key: string): Told<number> => {
  const line = host.sysctls.get(key);
  return line === undefined || line.absent === true || !/^-?\d+$/.test(line.value)
    ? missing(host, key)
    : known(Number(line.value), [line]);
};

/** A device's setting; one that came after a dump of all settings has the value of `default`. */
function of(host: Host, family: 4 | 6, dev: string, name: string, possible: readonly number[]): Setting {
  const key = `net.ipv${family}.conf.${dev}.${name}`;
  const fallback = host.sysctls.get(`net.ipv${family}.conf.default.${name}`);
  if (!host.sysctls.has(key) && dev !== 'all' && fallback !== undefined) {
    if (host.wholeSysctls.includes(fallback.source)) return { ...read(fallback, possible), key };
  }
  return one(host, key, possible);
}

function one(host: Host, key: string, possible: readonly number[]): Setting {
  const line = host.sysctls.get(key);
  return line === undefined ? { key, values: possible, at: [] } : { ...read(line, possible), key };
}

function read(line: Fact<typeof sysctl>, possible: readonly number[]): Setting {
  const number = /^-?\d+$/.test(line.value) ? Number(line.value) : undefined;
  return number === undefined
    ? { key: line.key, values: possible, at: [] }
    : { key: line.key, values: [number], at: [{ source: line.source, line: line.line }] };
}

const combinations = (a: Setting, b: Setting, merge: (x: number, y: number) => number): readonly number[] => [
  ...new Set(a.values.flatMap((x) => b.values.map((y) => merge(x, y)))),
];

function combined(host: Host, own: Setting, all: Setting, merge: (x: number, y: number) => number): Told<number> {
  const values = combinations(own, all, merge);
  const [value] = values;
  if (value === undefined || values.length > 1) return missing(host, own.values.length > 1 ? own.key : all.key);
  return known(value, [...all.at, ...own.at]);
}

function told<T>(host: Host, values: readonly number[], setting: Setting, as: (value: number) => T): Told<T> {
  const [value] = values;
  return value === undefined || values.length > 1 ? missing(host, setting.key) : known(as(value), setting.at);
}

const known = <T>(value: T, at: readonly Placed[]): Told<T> => ({ kind: 'known', value, at, assumptions: [] });

const missing = (
  host: Host,
  key: string,
): { readonly kind: 'unknown'; readonly missing: { what: string; collect: string } } => ({
  kind: 'unknown',
  missing: { what: `the setting ${key} of ${host.name}`, collect: `sysctl -a    # on ${host.name}` },
});
