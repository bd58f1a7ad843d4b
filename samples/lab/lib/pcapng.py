"""pcapng.py OUT NAME=PCAP…: captures of several interfaces as the one pcapng file that dumpcap would have written.

Wireshark's own tools either lose the interface names or write the name of the machine's kernel into the file.
"""
import struct, sys


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def block(kind, body):
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


out, packets = open(sys.argv[1], "wb"), []
header = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
out.write(block(0x0A0D0D0A, header + option(3, b"Linux 5.15.0-91-generic") + option(4, b"Dumpcap (Wireshark) 3.6.2") + option(0, b"")))
for interface, argument in enumerate(sys.argv[2:]):
    name, path = argument.split("=", 1)
    data = open(path, "rb").read()
    magic, _, _, _, _, snaplen, link = struct.unpack_from("<IHHIIII", data)
    nano = magic == 0xA1B23C4D
    assert nano or magic == 0xA1B2C3D4, path
    out.write(block(1, struct.pack("<HHI", link, 0, snaplen) + option(2, name.encode()) + option(9, b"\x09" if nano else b"\x06") + option(0, b"")))
    at = 24
    while at < len(data):
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
        units = seconds * (10**9 if nano else 10**6) + fraction
        packets.append((seconds, fraction * (1 if nano else 1000), interface, units, length, data[at + 16 : at + 16 + captured]))
        at += 16 + captured
for _, _, interface, units, length, frame in sorted(packets, key=lambda packet: packet[:3]):
    padded = frame + b"\0" * (-len(frame) % 4)
    out.write(block(6, struct.pack("<IIIII", interface, units >> 32, units & 0xFFFFFFFF, len(frame), length) + padded))
