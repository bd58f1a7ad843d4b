"""The lab: network namespaces with real devices, routes and rules, and packets that are sent through them.

Run it as `unshare --net --mount --propagation private python3 lab.py`: everything it makes lives in a private mount and
network namespace and is gone when the process ends, however it ends. It reads one JSON request a line and answers each
with one line: {"ok": ...} or {"error": "..."}.
"""

import json
import os
import sys
import threading
import traceback

from namespaces import Namespace, home, make_links, run_dir
from observe import Observer
from send import Sender


class Lab:
    def __init__(self):
        self.spaces = {}
        self.observer = None
        self.senders = {}
        self.closing = None

    def build(self, namespaces, links):
        """Makes the namespaces, the links between them, and runs each one's set-up. Answers with what was refused."""
        self.clear()
        refused = []
        for plan in namespaces:
            self.spaces[plan["name"]] = Namespace(plan["name"])
        make_links(links)
        for plan in namespaces:
            refused += self.spaces[plan["name"]].set_up(plan)
        listening = [plan for plan in namespaces if plan["listens"]]
        self.observer = Observer([self.spaces[plan["name"]] for plan in listening])
        self.senders = {plan["name"]: Sender(self.spaces[plan["name"]]) for plan in listening}
        return refused

    def dump(self, namespace, commands):
        """Output of commands in a namespace, by file name."""
        return self.spaces[namespace].outputs(commands)

    def send(self, question, patience):
        """Sends one packet and watches until it arrived and was answered, or `patience` seconds went by."""
        return self.observer.watch(question, self.senders[question["namespace"]], patience)

    def warm(self, namespace, address):
        """One datagram to the discard port, so that neighbours are resolved or found to be silent."""
        self.senders[namespace].discard(address)

    def clear(self):
        """Lets go of everything. In the background: closing taps and namespaces waits for the kernel, not for the CPU."""
        if self.closing is not None:
            self.closing.join()
        for space in self.spaces.values():
            space.forget()
        gone = [*self.senders.values(), *([] if self.observer is None else [self.observer]), *self.spaces.values()]
        self.closing = threading.Thread(target=lambda: [one.close() for one in gone])
        self.closing.start()
        self.spaces, self.senders, self.observer = {}, {}, None


def main():
    run_dir()
    home()
    lab = Lab()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": getattr(lab, request.pop("do"))(**request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    os._exit(0)


main()
