"""flannel's UDP back end: flannel0 is a TUN device, and every packet in it travels as it is in UDP between the daemons.

flannel_udp.py DEVICE ADDRESS SUBNET=PEER…   as flanneld's proxy does it: one port for both ends, the TTL counted down at each.
"""
import fcntl, ipaddress, os, select, socket, struct, sys

IFF_TUN, IFF_NO_PI, TUNSETIFF, PORT = 1, 0x1000, 0x400454CA, 8285
device, address, peers = sys.argv[1], sys.argv[2], [pair.split("=") for pair in sys.argv[3:]]
peers = [(ipaddress.ip_network(subnet), peer) for subnet, peer in peers]

tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.bind((address, PORT))


def hop(packet):
    """One less to live, and the header's checksum with it."""
    head = bytearray(packet[: (packet[0] & 15) * 4])
    head[8] -= 1
    head[10:12] = b"\0\0"
    total = sum(struct.unpack(f">{len(head) // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head[10:12] = struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF)
    return bytes(head) + packet[len(head) :]


while True:
    ready, _, _ = select.select([tun, wire], [], [])
    if tun in ready:
        packet = os.read(tun, 65535)
        # The back end is for IPv4; IPv6 that the kernel sends into the device ends here.
        if packet[0] >> 4 == 4:
            target = ipaddress.ip_address(packet[16:20])
            for subnet, peer in peers:
                if target in subnet:
                    wire.sendto(hop(packet), (peer, PORT))
    if wire in ready:
        os.write(tun, hop(wire.recv(65535)))
