"""Network namespaces by system call: a hundred of them cost what ten `ip netns exec` cost."""

import ctypes
import os
import re
import subprocess

CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MNT_DETACH = 2
RUN = "/run/netns"
# Twists that get in each other's way: the same route made twice, a rule removed twice, a gateway that became one's own.
HARMLESS = re.compile("File exists|No such file or directory|invalid gateway|Command failed -:|^# Warning: iptables-")
libc = ctypes.CDLL(None, use_errno=True)
_home = None


def _check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def run_dir():
    """A /run/netns of our own, where `ip` looks up names of namespaces; the mount namespace is private already."""
    os.makedirs(RUN, exist_ok=True)
    _check(libc.mount(b"none", RUN.encode(), b"tmpfs", 0, None))


def home():
    """The namespace that the process was started in, and back to it."""
    global _home
    if _home is None:
        _home = os.open("/proc/self/ns/net", os.O_RDONLY)
    _check(libc.setns(_home, CLONE_NEWNET))


def run(argv, text=""):
    return subprocess.run(argv, input=text, capture_output=True, text=True)


def make_links(lines):
    """Links between namespaces, as lines of `ip -batch`; the names of namespaces stand in them."""
    done = run(["ip", "-force", "-batch", "-"], "\n".join(lines) + "\n")
    if done.stderr:
        raise RuntimeError(done.stderr)


def write_sysctl(key, value):
    # As in sysctl(8): a device's own dots are written as slashes.
    path = "/proc/sys/" + key.translate(str.maketrans("./", "/."))
    with open(path, "w") as file:
        file.write(str(value))


class Namespace:
    def __init__(self, name):
        self.name = name
        self.path = f"{RUN}/{name}"
        _check(libc.unshare(CLONE_NEWNET))
        self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        open(self.path, "w").close()
        _check(libc.mount(b"/proc/self/ns/net", self.path.encode(), b"none", MS_BIND, None))
        # Router solicitations and duplicate address detection are noise here: IPv6 is off unless a plan turns it on.
        for which in ("all", "default"):
            write_sysctl(f"net.ipv6.conf.{which}.disable_ipv6", 1)
        home()

    def __enter__(self):
        _check(libc.setns(self.fd, CLONE_NEWNET))
        return self

    def __exit__(self, *_):
        home()

    def forget(self):
        """Gives the name free; what is open keeps the namespace."""
        libc.umount2(self.path.encode(), MNT_DETACH)
        os.unlink(self.path)

    def close(self):
        os.close(self.fd)

    def set_up(self, plan):
        """Runs a plan's batches in their order; what the kernel or a tool refused is returned, with the tool's words."""
        refused = []

        def batch(argv, text):
            if text:
                done = run(argv, text)
                words = "\n".join(line for line in done.stderr.splitlines() if not HARMLESS.search(line))
                if words:
                    refused.append(f"{self.name}: {' '.join(argv)}: {words}")

        def sysctls(settings):
            for key, value in settings:
                try:
                    write_sysctl(key, value)
                except OSError as error:
                    refused.append(f"{self.name}: {key} = {value}: {error}")

        with self:
            batch(["ip", "-force", "-batch", "-"], plan["links"])
            sysctls(plan["sysctls"])
            batch(["ip", "-force", "-batch", "-"], plan["addresses"])
            batch(["bridge", "-force", "-batch", "-"], plan["fdb"])
            batch(["ipset", "-exist", "restore"], plan["ipset"])
            batch(["iptables-legacy-restore"], plan["legacy"])
            batch(["iptables-nft-restore"], plan["nft"])
        return refused

    def outputs(self, commands):
        """Runs commands side by side; {file: output}."""
        with self:
            started = [
                (file, subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
                for file, argv in commands
            ]
        return {file: process.communicate()[0] for file, process in started}

    def counters(self):
        """/proc/net/snmp and /proc/net/netstat as one flat mapping."""
        found = {}
        with self:
            for path in ("/proc/self/net/snmp", "/proc/self/net/netstat"):
                with open(path) as file:
                    lines = file.read().splitlines()
                for names, values in zip(lines[::2], lines[1::2]):
                    group, _, names = names.partition(": ")
                    for name, value in zip(names.split(), values.partition(": ")[2].split()):
                        found[f"{group}.{name}"] = int(value)
        return found
