"""tunl0 without a kernel that has IPIP: a TUN device that really puts packets into IP protocol 4 and takes them out.

ipip.py DEVICE BLOCK=PEER…   what goes to BLOCK is sent to PEER, as the routes "BLOCK via PEER dev tunl0 onlink" say.
"""
import fcntl, ipaddress, os, select, socket, struct, sys

IFF_TUN, IFF_NO_PI, TUNSETIFF = 1, 0x1000, 0x400454CA
device, peers = sys.argv[1], [pair.split("=") for pair in sys.argv[2:]]
peers = [(ipaddress.ip_network(block), peer) for block, peer in peers]

tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
# A raw socket of protocol 4 sends the payload in an outer header of the node's own, and receives outer header and all.
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, 4)
while True:
    ready, _, _ = select.select([tun, wire], [], [])
    if tun in ready:
        packet = os.read(tun, 65535)
        target = ipaddress.ip_address(packet[16:20]) if packet[0] >> 4 == 4 else None
        for block, peer in peers:
            if target in block:
                wire.sendto(packet, (peer, 0))
    if wire in ready:
        packet = wire.recv(65535)
        os.write(tun, packet[(packet[0] & 15) * 4:])
