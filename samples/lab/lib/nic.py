"""A network card that fills in checksums: nic.py INNER OUTER   copies frames between the driver's side and the wire's.

What comes from INNER may still lack its TCP or UDP checksum, as with transmit offload. This card fills it in, unless the packet is in
a VXLAN tunnel: then it looks no deeper than the outer header, as cards and drivers with that defect do, and the packet goes out as it is.
"""
import select, socket, struct, sys

PACKET_OUTGOING = 4
ends = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for _ in sys.argv[1:3]]
for end, device in zip(ends, sys.argv[1:3]):
    end.bind((device, 0))


def total(data):
    data += b"\0" * (len(data) % 2)
    number = sum(struct.unpack(f">{len(data) // 2}H", data))
    while number > 0xFFFF:
        number = (number & 0xFFFF) + (number >> 16)
    return number ^ 0xFFFF


def filled(frame):
    if frame[12:14] != b"\x08\x00" or frame[23] not in (6, 17):
        return frame
    start, proto = 14 + (frame[14] & 15) * 4, frame[23]
    length = struct.unpack(">H", frame[16:18])[0] - (start - 14)
    if struct.unpack(">H", frame[20:22])[0] & 0x3FFF:
        return frame
    body = bytearray(frame[start : start + length])
    at = 16 if proto == 6 else 6
    if proto == 17 and (struct.unpack(">H", body[2:4])[0] in (4789, 8472) or body[6:8] == b"\0\0"):
        return frame
    body[at : at + 2] = b"\0\0"
    body[at : at + 2] = struct.pack(">H", total(frame[26:34] + struct.pack(">BBH", 0, proto, length) + bytes(body)) or 0xFFFF)
    return frame[:start] + bytes(body) + frame[start + length :]


while True:
    for end in select.select(ends, [], [])[0]:
        frame, (_, _, kind, *_) = end.recvfrom(65535)
        if kind == PACKET_OUTGOING:
            continue
        if end is ends[0]:
            ends[1].send(filled(frame))
        else:
            ends[0].send(frame)
