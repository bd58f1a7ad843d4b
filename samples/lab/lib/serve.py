"""Small servers for the lab's pods and nodes: serve.py http|https|tcp|dns PORT BODY TLS_FILE, or clients: keepalive ADDRESS PORT SECONDS,
check ADDRESS PORT, ask ADDRESS NAME, resolve ADDRESS NAME [PORT],
push ADDRESS PORT BYTES, pair ADDRESS NAME."""
import socket, socketserver, ssl, struct, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NGINX = """<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"""
UNAUTHORIZED = """{
  "kind": "Status",
  "apiVersion": "v1",
  "metadata": {},
  "status": "Failure",
  "message": "Unauthorized",
  "reason": "Unauthorized",
  "code": 401
}
"""
METRICS = """{
  "metrics": [
   {
    "timestamp": "%s",
    "value": 7846847
   }
  ],
  "latestTimestamp": "%s"
 }
""" % ((time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime()),) * 2)
PAGES = {
    # More than fits into one packet.
    "big": (200, "text/plain", "".join(f"{line:04d} the quick brown fox jumps over the lazy dog\n" for line in range(200)), "nginx/1.25.3"),
    "": (200, "text/html", NGINX, "nginx/1.25.3"),
    "apiserver": (401, "application/json", UNAUTHORIZED, ""),
    "metrics": (200, "application/json", METRICS, ""),
}


class Page(BaseHTTPRequestHandler):
    page = PAGES[""]
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        code, kind, text, server = self.page
        self.server_version, self.sys_version = server, ""
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text.encode())

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def server_bind(self):
        """Without the look-up of the host's own name, which waits for a resolver that is not there."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Dns(socketserver.BaseRequestHandler):
    """Answers every A question with BODY or 10.96.0.1: enough to show that a question was answered."""

    address = b"\x0a\x60\x00\x01"

    def handle(self):
        query, sock = self.request
        end = query.index(b"\0", 12) + 5
        answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 30, 4) + self.address
        sock.sendto(query[:2] + struct.pack(">HHHHH", 0x8580, 1, 1, 0, 0) + query[12:end] + answer, self.client_address)


def keepalive(address, port, seconds):
    """One long-lived connection that says something twice a second, as a kubelet's watch does."""
    with socket.create_connection((address, port), timeout=3) as sock:
        until = time.time() + seconds
        while time.time() < until:
            sock.sendall(b"ping " * 10)
            sock.recv(4096)
            time.sleep(0.5)


def push(address, port, size):
    """Sends so much to an echo server, and waits for all of it to come back."""
    with socket.create_connection((address, port), timeout=3) as sock:
        sock.sendall(b"x" * size)
        while size > 0:
            got = len(sock.recv(4096))
            assert got
            size -= got


def check(address, port):
    """What a load balancer's health check does: it reads the whole answer and closes with a RST, to keep no TIME_WAIT."""
    with socket.create_connection((address, port), timeout=3) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: check\r\nUser-Agent: lb-check\r\n\r\n")
        answer = b""
        while not answer.endswith(b"</html>\n"):
            answer += sock.recv(4096)
        time.sleep(0.1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resolve(address, name, port=0):
    """One A question as a resolver asks it: three times, 1.2 s apart, from one port."""
    ask(address, name, 3, 1.2, port)


def pair(address, name):
    """A and AAAA at once from one port, as glibc asks; after five seconds without both answers once more."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    questions = {number: struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1) for number, kind in ((0x1A2B, 1), (0xAAAA, 28))}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 53))
        for _ in range(2):
            missing = set(questions)
            for question in questions.values():
                sock.send(question)
            until = time.time() + 5
            while missing and time.time() < until:
                sock.settimeout(max(until - time.time(), 0.01))
                try:
                    missing.discard(struct.unpack(">H", sock.recv(512)[:2])[0])
                except TimeoutError:
                    break
            if not missing:
                return
    raise TimeoutError


def ask(address, name, tries=1, wait=2, port=0):
    """One A question, which must be answered."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        sock.bind(("", port))
        number = struct.pack(">H", time.time_ns() // 1000 & 0xFFFF)
        for turn in range(tries):
            sock.sendto(number + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1), (address, 53))
            try:
                sock.recv(512)
                return
            except TimeoutError:
                if turn + 1 == tries:
                    raise


def main():
    if sys.argv[1] == "keepalive":
        return keepalive(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    if sys.argv[1] == "check":
        return check(sys.argv[2], int(sys.argv[3]))
    if sys.argv[1] == "ask":
        return ask(sys.argv[2], sys.argv[3])
    if sys.argv[1] == "pair":
        return pair(sys.argv[2], sys.argv[3])
    if sys.argv[1] == "push":
        return push(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    if sys.argv[1] == "resolve":
        return resolve(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
    kind, port = sys.argv[1], int(sys.argv[2])
    socketserver.TCPServer.allow_reuse_address = True
    if kind == "tcp":
        socketserver.ThreadingTCPServer(("", port), Echo).serve_forever()
    elif kind == "dns":
        Dns.address = socket.inet_aton(sys.argv[3]) if sys.argv[3] else Dns.address
        socketserver.ThreadingUDPServer(("", port), Dns).serve_forever()
    else:
        Page.page = PAGES[sys.argv[3]]
        server = Server(("", port), Page)
        if kind == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[4])
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.serve_forever()


main()
