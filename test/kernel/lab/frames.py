"""Recognises our own packets in frames, however they were rewritten or wrapped.

Every packet carries the number of its question: in the payload of UDP and ICMP echo, and in the MSS option of a TCP SYN
(nothing on the way changes it, unlike ports). What answers a SYN is known by the acknowledgement number.
"""

import socket
import struct

MARK = b"ptk!"
REQUEST, REPLY = b"?", b"!"
FIRST_MSS = 600
VXLAN_PORTS = (4789, 8472)
TCP, UDP, ICMP = 6, 17, 1


def payload(number, way=REQUEST):
    return MARK + struct.pack("!I", number) + way


def _paid(data):
    if len(data) < 9 or data[:4] != MARK:
        return None
    return struct.unpack("!I", data[4:8])[0], "request" if data[8:9] == REQUEST else "reply"


def _mss(options):
    while options:
        if options[0] == 1:
            options = options[1:]
            continue
        if options[0] == 0 or len(options) < 2 or options[1] < 2:
            return None
        if options[0] == 2 and len(options) >= 4:
            return struct.unpack("!H", options[2:4])[0]
        options = options[options[1] :]
    return None


class Reader:
    """Remembers the sequence numbers of SYNs: they tell what answers whom."""

    def __init__(self):
        self.sequences = {}

    def ip(self, data, depth=0):
        """What an IPv4 packet is to us: a dict, or None when it is not ours."""
        if len(data) < 20 or data[0] >> 4 != 4 or depth > 3:
            return None
        header = (data[0] & 15) * 4
        proto = data[9]
        if struct.unpack("!H", data[6:8])[0] & 0x1FFF:
            return None
        ends = {"src": socket.inet_ntoa(data[12:16]), "dst": socket.inet_ntoa(data[16:20]), "ttl": data[8]}
        rest = data[header:]
        if proto == UDP and len(rest) >= 8:
            return self._udp(ends, rest, depth)
        if proto == TCP and len(rest) >= 14:
            return self._tcp(ends, rest)
        if proto == ICMP and len(rest) >= 8:
            return self._icmp(ends, rest, depth)
        return None

    def _udp(self, ends, rest, depth):
        sport, dport = struct.unpack("!HH", rest[:4])
        if dport in VXLAN_PORTS and len(rest) > 30:
            inner = self.ip(rest[30:], depth + 1) if rest[28:30] == b"\x08\x00" else None
            if inner is None:
                return None
            vni = struct.unpack("!I", rest[12:16])[0] >> 8
            return {**inner, "outer": {**ends, "dport": dport, "vni": vni, "mac": rest[16:22].hex(":")}}
        paid = _paid(rest[8:])
        if paid is None:
            return None
        return {**ends, "proto": "udp", "sport": sport, "dport": dport, "number": paid[0], "kind": paid[1]}

    def _tcp(self, ends, rest):
        sport, dport, seq, ack = struct.unpack("!HHII", rest[:12])
        flags = rest[13] & 0x17
        packet = {**ends, "proto": "tcp", "sport": sport, "dport": dport}
        if flags == 2 or seq in self.sequences and len(rest) < 20:
            mss = _mss(rest[20 : (rest[12] >> 4) * 4])
            number = self.sequences.get(seq) if mss is None else mss - FIRST_MSS
            if number is None or not 0 <= number < 400:
                return None
            self.sequences[seq] = number
            return {**packet, "number": number, "kind": "request"}
        answered = self.sequences.get((ack - 1) & 0xFFFFFFFF)
        if answered is None or not (flags & 4 or flags == 0x12):
            return None
        kind = "reset" if flags & 4 else "reply"
        return {**packet, "number": answered, "kind": kind}

    def _icmp(self, ends, rest, depth):
        if rest[0] in (0, 8):
            paid = _paid(rest[8:])
            if paid is None:
                return None
            kind = "request" if rest[0] == 8 else "reply"
            return {**ends, "proto": "icmp", "number": paid[0], "kind": kind}
        if rest[0] in (3, 5, 11):
            about = self.ip(rest[8:], depth + 1)
            if about is None:
                return None
            error = {**ends, "proto": "icmp", "kind": "error", "type": rest[0], "code": rest[1]}
            return {**error, "number": about["number"], "about": about}
        return None
