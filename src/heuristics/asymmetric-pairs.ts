import { SAME } from './asymmetric-halves.js';

/**
 * Requests and replies (asymmetric-halves.ts) that may have passed different nodes, as SQL over `asked` and `answered`: one
 * row per conversation and pair of nodes, the request's columns named `ask_…`, the reply's `answer_…`.
 */
const RUNNING_NS = 3_000_000_000;
const AFTER_NS = 1_000_000_000;
/** Linux repeats a SYN after a second, a SYN-ACK likewise. */
export const REPEATED_NS = 900_000_000;

/** Pieces that show both directions of something, or are known to have no filter on direction. */
const ABLE = `able AS (
  SELECT s.source FROM source s LEFT JOIN capture c USING (source)
  WHERE s.source NOT IN (SELECT source FROM one_way) AND (c.filter IS NOT NULL OR coalesce(c.command, s.command) IS NOT NULL OR s.source IN (SELECT source FROM opener WHERE answered))),
begins AS (SELECT t.source, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns FROM packet_raw p JOIN tap t USING (tap) WHERE p.time_ns >= 0 GROUP BY t.source)`;

const columns = (of: string, name: string): string =>
  [
    'node',
    'source',
    'tap',
    'place',
    'server',
    'port',
    'first_ns',
    'last_ns',
    'outer_low',
    'outer_high',
    'mac_low',
    'mac_high',
    'on_wire',
  ]
    .map((column) => `${of}.${column} AS ${name}_${column}`)
    .join(', ');
const CONVERSATION = 'proto, client, cport, token, hash';
const ESTABLISHED = `EXISTS (SELECT 1 FROM attempt t WHERE a.proto = 6 AND t.seq = a.token AND t.src = a.client AND t.sport = a.cport AND t.client_ack) AS established`;
const EITHER = `${columns('a', 'ask')}, ${columns('b', 'answer')}`;
const ORDERED = 'ORDER BY a.node, b.node, a.tap, a.place, b.tap, b.place LIMIT 5000';

/** A node sees the request and no reply; the reply is seen at another node. */
export const REQUESTS_ALONE = `WITH ${ABLE}
SELECT a.client, a.cport, a.proto, a.token, a.hash, ${EITHER}, h.mac_low AS came_low, h.mac_high AS came_high, ${ESTABLISHED}
FROM (SELECT * FROM asked ANTI JOIN answered USING (node, ${CONVERSATION})) a JOIN answered b ${SAME} JOIN able ON able.source = a.source JOIN begins e ON e.source = a.source
LEFT JOIN asked h ON h.node = b.node AND (h.proto, h.client, h.cport, h.token, h.hash) = (b.proto, b.client, b.cport, b.token, b.hash)
WHERE a.node <> b.node AND (a.last_ns - a.first_ns >= ${REPEATED_NS} OR e.last_ns - a.last_ns >= ${AFTER_NS}) ${ORDERED}`;

/** A node sees the reply and no request; the request is seen at another node. */
export const REPLIES_ALONE = `WITH ${ABLE}
SELECT a.client, a.cport, a.proto, a.token, a.hash, ${EITHER}, ${ESTABLISHED}
FROM (SELECT * FROM answered ANTI JOIN asked USING (node, ${CONVERSATION})) b JOIN asked a ${SAME} JOIN able ON able.source = b.source JOIN begins e ON e.source = b.source
WHERE a.node <> b.node AND b.first_ns - e.first_ns >= ${RUNNING_NS} ${ORDERED}`;

/** One node sees both; the neighbour that the request came from is not the one that the reply goes to. */
export const OTHER_NEIGHBOUR = `
SELECT a.client, a.cport, a.proto, a.token, a.hash, ${EITHER}, ${ESTABLISHED}
FROM asked a JOIN answered b USING (node, ${CONVERSATION})
WHERE b.on_wire AND (a.outer_low = a.outer_high AND (b.outer_low IS NULL AND b.mac_low IS NOT NULL OR b.outer_low = b.outer_high AND b.outer_low <> a.outer_low)
  OR a.outer_low IS NULL AND b.outer_low IS NULL AND a.mac_low = a.mac_high AND b.mac_low = b.mac_high AND a.mac_low > 0 AND b.mac_low > 0 AND a.mac_low <> b.mac_low AND a.mac_low IN (SELECT mac FROM own_mac))
${ORDERED.replace('b.node, ', '')}`;
