/** The readable side of the store. Every view leads back to file and line or frame. */
export interface View {
  readonly name: string;
  readonly about: string;
  readonly sql: string;
  readonly columns: Readonly<Record<string, string>>;
}

const place: View = {
  name: 'place',
  about: 'Joins a source to its file and node: `… join place using (source)`.',
  sql: 'SELECT s.source, a.file, s.node, s.host, s.command, s.format FROM source s JOIN artifact a USING (artifact)',
  columns: {
    source: 'Piece.',
    file: 'Path inside the bundle.',
    node: 'Node it belongs to.',
    host: 'Host name it gives itself.',
    command: 'Command.',
    format: 'Format.',
  },
};

const packet: View = {
  name: 'packet',
  about: 'Every packet that a capture, tcpdump text or a netfilter LOG line shows, inner and outer as one row.',
  sql: `SELECT a.file, s.node, p.place, t.kind AS seen_by, t.ifname, t.direction, t.in_if, t.out_if, t.prefix,
    CASE WHEN t.time_kind IN ('epoch', 'no-zone', 'no-year') AND p.time_ns >= 0 THEN make_timestamp_ns(p.time_ns) END AS time,
    NULLIF(p.time_ns, -1) AS time_ns, t.time_kind,
    os.address AS outer_src, od.address AS outer_dst, NULLIF(p.outer_dport, -1) AS outer_dport, NULLIF(p.vni, -1) AS vni,
    CASE p.tunnel WHEN 1 THEN 'vxlan' WHEN 2 THEN 'geneve' WHEN 3 THEN 'ipip' WHEN 4 THEN 'ip6ip' WHEN 5 THEN 'gre' WHEN 6 THEN 'flannel-udp' WHEN 7 THEN 'wireguard' WHEN 8 THEN 'esp' END AS tunnel,
    sa.address AS src, NULLIF(p.sport, -1) AS sport, da.address AS dst, NULLIF(p.dport, -1) AS dport,
    CASE WHEN p.arp_op > 0 THEN 'arp' ELSE CASE p.proto WHEN 1 THEN 'icmp' WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 58 THEN 'icmp6' WHEN 132 THEN 'sctp' WHEN -1 THEN NULL ELSE p.proto::VARCHAR END END AS proto,
    CASE WHEN p.tcp_flags >= 0 THEN concat(CASE WHEN p.tcp_flags & 2 > 0 THEN 'S' ELSE '' END, CASE WHEN p.tcp_flags & 1 > 0 THEN 'F' ELSE '' END, CASE WHEN p.tcp_flags & 4 > 0 THEN 'R' ELSE '' END, CASE WHEN p.tcp_flags & 8 > 0 THEN 'P' ELSE '' END, CASE WHEN p.tcp_flags & 16 > 0 THEN '.' ELSE '' END) END AS flags,
    p.seq, p.ack, NULLIF(p.payload_len, -1) AS payload_len, NULLIF(p.icmp_type, -1) AS icmp_type, NULLIF(p.icmp_code, -1) AS icmp_code,
    NULLIF(p.icmp_id, -1) AS icmp_id, NULLIF(p.icmp_seq, -1) AS icmp_seq, NULLIF(p.ttl, -1) AS ttl, NULLIF(p.ip_id, -1) AS ip_id,
    p.wire_len, NULLIF(p.vlan, -1) AS vlan, p.tap
    FROM packet_raw p JOIN tap t USING (tap) JOIN source s USING (source) JOIN artifact a USING (artifact)
    LEFT JOIN address sa ON sa.id = p.src LEFT JOIN address da ON da.id = p.dst
    LEFT JOIN address os ON os.id = p.outer_src LEFT JOIN address od ON od.id = p.outer_dst`,
  columns: {
    file: 'Path inside the bundle.',
    node: 'Node where it was seen.',
    place: 'Frame number of a capture, line number of a text; 1-based.',
    seen_by: 'capture, text, log.',
    ifname: 'Interface of the capture.',
    direction: 'in, out, unknown.',
    in_if: 'IN= of a LOG line.',
    out_if: 'OUT= of a LOG line.',
    prefix: 'LOG prefix.',
    time: 'Time stamp, when the date is known (without a year: in 1970).',
    time_ns: 'Time in nanoseconds as the source gives it.',
    time_kind: 'How the time is known.',
    outer_src: 'Envelope source.',
    outer_dst: 'Envelope destination.',
    outer_dport: 'Envelope destination port.',
    vni: 'VXLAN or Geneve identifier.',
    tunnel: 'Envelope kind.',
    src: 'Source of the innermost packet.',
    sport: 'Source port.',
    dst: 'Destination of the innermost packet.',
    dport: 'Destination port.',
    proto: 'tcp, udp, icmp, icmp6, sctp, arp or a number.',
    flags: 'TCP flags: S F R P and . for ACK.',
    seq: 'TCP sequence number.',
    ack: 'TCP acknowledgement number.',
    payload_len: 'Payload bytes.',
    icmp_type: 'ICMP type.',
    icmp_code: 'ICMP code.',
    icmp_id: 'Echo identifier.',
    icmp_seq: 'Echo sequence.',
    ttl: 'TTL or hop limit.',
    ip_id: 'IPv4 identification.',
    wire_len: 'Bytes on the wire.',
    vlan: 'VLAN id.',
    tap: 'Tap number.',
  },
};

const flow: View = {
  name: 'flow',
  about: 'One direction of a conversation as one tap saw it.',
  sql: `SELECT file, node, tap, ifname, direction, proto, src, sport, dst, dport, outer_src, outer_dst, vni,
    count(*) AS packets, sum(wire_len)::BIGINT AS bytes,
    count(*) FILTER (flags = 'S') AS syns, count(*) FILTER (flags = 'S.') AS syn_acks, count(*) FILTER (flags LIKE '%R%') AS resets,
    min(place) AS first_place, max(place) AS last_place, min(time_ns) AS first_ns, max(time_ns) AS last_ns
    FROM packet GROUP BY ALL`,
  columns: {
    file: 'Path inside the bundle.',
    node: 'Node where it was seen.',
    tap: 'Tap number.',
    ifname: 'Interface.',
    direction: 'in, out, unknown.',
    proto: 'Protocol.',
    src: 'Source.',
    sport: 'Source port.',
    dst: 'Destination.',
    dport: 'Destination port.',
    outer_src: 'Envelope source.',
    outer_dst: 'Envelope destination.',
    vni: 'VNI.',
    packets: 'Packets.',
    bytes: 'Bytes on the wire.',
    syns: 'SYNs, retransmissions included.',
    syn_acks: 'SYN-ACKs.',
    resets: 'RSTs.',
    first_place: 'First frame or line.',
    last_place: 'Last frame or line.',
    first_ns: 'Time of the first, nanoseconds.',
    last_ns: 'Time of the last, nanoseconds.',
  },
};

/** Nanoseconds of a day, and of 1970's distance to another year, are found from the newest full date in the store. */
export const NEWEST = `(SELECT max(ns) FROM (SELECT max(p.time_ns) AS ns FROM packet_raw p JOIN tap t USING (tap) WHERE t.time_kind IN ('epoch', 'no-zone')
  UNION ALL SELECT max(time_ns) FROM log WHERE time_kind IN ('epoch', 'no-zone')))`;
const DAY = 86_400_000_000_000;

/** Objects have the time of an event, tables an age from a moment that nobody wrote down. */
const LAST_SEEN = String.raw`CASE WHEN regexp_matches(e.last_seen, '^\d{4}-\d\d-\d\dT[\d:.]+Z$') THEN epoch_ns(TRY_CAST(rtrim(e.last_seen, 'Z') AS TIMESTAMP)) END`;

const event: View = {
  name: 'event',
  about: 'The time line: packets, log lines, Kubernetes events and hand-made tests of all nodes in one order.',
  sql: `WITH newest AS (SELECT ${NEWEST} AS ns),
    happening AS (
      SELECT time_ns, time_kind, node, 'packet' AS kind, file, place AS line,
        concat_ws(' ', proto, src || coalesce(':' || sport, ''), '>', dst || coalesce(':' || dport, ''), flags, CASE WHEN outer_dst IS NOT NULL THEN 'in ' || coalesce(tunnel, 'tunnel') || ' ' || outer_src || ' > ' || outer_dst END) AS what
        FROM packet
      UNION ALL SELECT l.time_ns, l.time_kind, p.node, l.component, p.file, l.line, l.message FROM log l JOIN place p USING (source)
      UNION ALL SELECT ${LAST_SEEN}, CASE WHEN ${LAST_SEEN} IS NULL THEN 'none' ELSE 'epoch' END, coalesce(e.node, p.node), 'kubernetes', p.file, e.line,
        concat_ws(' ', e.type, e.reason, e.object, e.message) FROM k8s_event e JOIN place p USING (source)
      UNION ALL SELECT NULL, 'none', p.node, b.tool, p.file, b.line, concat_ws(' ', b.tool, b.target, b.outcome) FROM probe b JOIN place p USING (source))
    SELECT CASE h.time_kind
        WHEN 'epoch' THEN make_timestamp_ns(h.time_ns)
        WHEN 'no-zone' THEN make_timestamp_ns(h.time_ns)
        WHEN 'no-year' THEN make_timestamp_ns(h.time_ns + epoch_ns(make_timestamp(year(make_timestamp_ns(n.ns)), 1, 1, 0, 0, 0)))
        WHEN 'time-of-day' THEN make_timestamp_ns(h.time_ns + n.ns // ${DAY} * ${DAY})
      END AS time, h.time_ns, h.time_kind, h.node, h.kind, h.file, h.line, h.what
    FROM happening h, newest n ORDER BY time NULLS LAST, time_kind, time_ns, file, line`,
  columns: {
    time: 'Best estimate in UTC. Exact for time_kind epoch; a missing zone counts as UTC, a missing year or day is that of the newest full date in the store.',
    time_ns: 'Time in nanoseconds as the source gives it.',
    time_kind: 'How the time is known.',
    node: 'Node.',
    kind: 'packet, a log component, kubernetes, or the tool of a probe.',
    file: 'Path inside the bundle.',
    line: 'Line or frame.',
    what: 'What happened, in a few words.',
  },
};

export const VIEWS: readonly View[] = [place, packet, flow, event];
