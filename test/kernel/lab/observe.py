"""Sees every packet on every device of the namespaces, and those that a host took for itself.

A packet socket sees what comes in before netfilter and what goes out after it. A raw socket sees what passed INPUT: that
is delivery, whether or not a program listens.
"""

import select
import socket
import struct
import time

from frames import MARK, REPLY, REQUEST, Reader, payload
from send import echo, listeners

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35
OTHERHOST, OUTGOING = 3, 4
QUIET = 0.004


def _answer(data):
    if data[:4] != MARK or data[8:9] != REQUEST:
        return None
    return payload(struct.unpack("!I", data[4:8])[0], REPLY)


class Observer:
    def __init__(self, spaces):
        self.spaces = spaces
        self.sockets = {}
        self.poll = select.poll()
        self.tcp = []
        for space in spaces:
            with space:
                taps = [("tap", socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))]
                for proto in (socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP):
                    taps.append(("taken", socket.socket(socket.AF_INET, socket.SOCK_RAW, proto)))
            tcp, udp = listeners(space)
            self.tcp += tcp
            for what, sock in taps + [("echo", sock) for sock in udp]:
                sock.setblocking(False)
                if what != "echo":
                    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                self.sockets[sock.fileno()] = (space.name, what, sock)
                self.poll.register(sock, select.POLLIN)

    def watch(self, question, sender, patience):
        """Everything that became of one question's packet: sightings in their order, and counters that moved."""
        self._drain([])
        before = {space.name: space.counters() for space in self.spaces}
        frames = []
        refused = sender.send(question)
        start = time.monotonic()
        while True:
            moved = self._drain(frames)
            seen = self._sightings(frames, question["number"])
            if not moved and (_settled(seen, question["namespace"]) or time.monotonic() - start > patience):
                return {"refused": refused, "sightings": seen, "counters": self._moved(before)}

    def _drain(self, frames):
        """Reads all that is there; true if there was something."""
        ready = self.poll.poll(QUIET * 1000)
        for fd, _ in ready:
            namespace, what, sock = self.sockets[fd]
            if what == "echo":
                echo(sock, _answer)
                continue
            while True:
                try:
                    data, control, _, address = sock.recvmsg(2048, 64)
                except OSError:
                    break
                at = next((struct.unpack("qq", value[:16]) for _, kind, value in control if kind == SO_TIMESTAMPNS), (0, 0))
                frames.append((at, namespace, what, data, address))
        return len(ready) > 0

    def _sightings(self, frames, number):
        """In the order of time: what answers a SYN can only be told once the SYN was read."""
        reader = Reader()
        seen = []
        for _, namespace, what, data, address in sorted(frames, key=lambda frame: frame[0]):
            sighting = _read(reader, what, data, address)
            if sighting is not None and sighting["number"] == number:
                seen.append({"namespace": namespace, **sighting})
        return seen

    def _moved(self, before):
        moved = {}
        for space in self.spaces:
            old = before[space.name]
            changes = {key: value - old.get(key, 0) for key, value in space.counters().items() if value != old.get(key, 0)}
            if changes:
                moved[space.name] = changes
        return moved

    def close(self):
        for _, _, sock in self.sockets.values():
            sock.close()
        for sock in self.tcp:
            sock.close()


def _settled(seen, origin):
    """Nothing more will come: the answer, or an error about the request, is back where the request came from."""
    return any(s["how"] == "taken" and s["namespace"] == origin and s["kind"] in ("reply", "error", "reset") for s in seen)


def _read(reader, what, data, address):
    if what == "taken":
        packet = reader.ip(data)
        return None if packet is None else {"how": "taken", **packet}
    device, _, kind = address[:3]
    packet = reader.ip(data[14:]) if data[12:14] == b"\x08\x00" else None
    if packet is None:
        return None
    how = "out" if kind == OUTGOING else "passing-by" if kind == OTHERHOST else "in"
    return {"how": how, "device": device, "mac": data[:6].hex(":"), **packet}
