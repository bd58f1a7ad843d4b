import type { RouteAnswer, RouteKey } from './answer.js';

/** Destinations that no table decides about. */
export function withoutTables(key: RouteKey): RouteAnswer | undefined {
  const multicast = key.family === 4 ? MULTICAST4.test(key.dst) : /^ff/i.test(key.dst);
  if (multicast) return { kind: 'multicast', dev: key.iif ?? key.oif, at: [], assumptions: [] };
  if (key.dst === '255.255.255.255') return { kind: 'broadcast', dev: key.iif ?? key.oif, at: [], assumptions: [] };
  return undefined;
}
const MULTICAST4 = /^(?:22[4-9]|23\d)\./;
