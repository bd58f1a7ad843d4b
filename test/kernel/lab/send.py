"""Makes packets the way programs make them: sockets, so that the kernel routes, marks and rejects them as its own."""

import errno
import socket
import struct

from frames import FIRST_MSS, payload

UDP_PORTS = (53, 80, 443, 8080)
TCP_PORTS = (53, 80, 443, 8080)
IP_PKTINFO = 8
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2
# Of a UDP packet over IPv4.
HEADERS = 28


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Sender:
    """Sends from one namespace. A TCP socket stays open until the next packet, so that the peer's answer is expected."""

    def __init__(self, space):
        self.space = space
        self.last = None

    def send(self, question):
        """Sends a question's packet; the name of the error when the kernel refused at once."""
        self.close()
        with self.space:
            kind, proto = {
                "udp": (socket.SOCK_DGRAM, 0),
                "tcp": (socket.SOCK_STREAM, 0),
                "icmp": (socket.SOCK_RAW, socket.IPPROTO_ICMP),
            }[question["proto"]]
            self.last = socket.socket(socket.AF_INET, kind, proto)
        self.last.setblocking(False)
        try:
            getattr(self, "_" + question["proto"])(self.last, question)
        except BlockingIOError:
            return None
        except OSError as error:
            return errno.errorcode.get(error.errno, str(error.errno))
        return None

    def _udp(self, sock, question):
        # As with TCP: what is too big is not cut up but complained about.
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        sock.bind((question["from"], question["sport"]))
        body = payload(question["number"]).ljust(question["length"] - HEADERS, b".")
        sock.sendto(body, (question["to"], question["dport"]))

    def _tcp(self, sock, question):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, FIRST_MSS + question["number"])
        sock.bind((question["from"], question["sport"]))
        sock.connect((question["to"], question["dport"]))

    def _icmp(self, sock, question):
        sock.bind((question["from"], 0))
        body = payload(question["number"]) + b"." * 15
        header = struct.pack("!BBHHH", 8, 0, 0, question["sport"], 1)
        header = struct.pack("!BBHHH", 8, 0, _checksum(header + body), question["sport"], 1)
        sock.sendto(header + body, (question["to"], 0))

    def discard(self, address):
        with self.space, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.sendto(b"-", (address, 9))
            except OSError:
                pass

    def close(self):
        if self.last is not None:
            self.last.close()
            self.last = None


def listeners(space):
    """Sockets that answer: TCP ones by the kernel, UDP ones by `echo`."""
    tcp, udp = [], []
    with space:
        for port in TCP_PORTS:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("", port))
            sock.listen(64)
            tcp.append(sock)
        for port in UDP_PORTS:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            sock.setblocking(False)
            sock.bind(("", port))
            udp.append(sock)
    return tcp, udp


def echo(sock, answer):
    """Answers a datagram from the address that it was sent to, as servers on the wildcard address do."""
    try:
        data, control, _, peer = sock.recvmsg(2048, 256)
        info = next(value for level, kind, value in control if kind == IP_PKTINFO)
        reply = answer(data)
        if reply is not None:
            sock.sendmsg([reply], [(socket.IPPROTO_IP, IP_PKTINFO, b"\0\0\0\0" + info[8:12] + b"\0\0\0\0")], 0, peer)
    except OSError:
        pass
