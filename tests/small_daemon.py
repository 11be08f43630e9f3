"""A daemon of the tests' own: the few requests about images that it knows, on a unix socket, with the faults that a real one will not have."""

import http.server
import json
import select
import socketserver
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SmallDaemon:
    """Answers by path, without the API's version: bytes, JSON, or (status, JSON). A `bytes` body is sent in chunks."""

    def __init__(self, socket):
        self.socket = socket
        self.answers = {}
        self.asked = []
        self.connections = 0
        self.cut = None
        """After so many bytes of a body the connection is closed."""
        self.stalls = None
        """After so many bytes of a body nothing more is sent, and the connection stays open."""
        self.version = "1.41"
        """The newest version of the API that it offers."""
        self.deaf = False
        """Whether bodies of requests are not read."""
        self.left = threading.Event()
        """Set once a client has closed the connection in which the daemon stalls."""
        self.silent = threading.Event()
        """Set once a request to `/silent` has come, which is never answered, or the daemon stalls."""
        self.received = []
        """Bodies of POST requests."""

    def image(self, built, archive=b"", *, engine_id=None):
        """An image of the classic store, as this archive."""
        own = engine_id or built.id
        row = {"Id": own, "RepoTags": list(built.tags), "RepoDigests": None, "Created": 1767323045, "Size": 7}
        if engine_id:
            row["RepoDigests"] = [f"{tag.partition(':')[0]}@{own}" for tag in built.tags]
        inspect = row | {"RootFS": {"Layers": list(built.diff_ids)}, "GraphDriver": {"Name": "aufs", "Data": None}}
        self.answers.setdefault("/images/json", []).append(row)
        for name in (own, *built.tags):
            self.answers[f"/images/{name}/json"] = inspect
        self.answers[f"/images/{own}/get"] = archive

    def count(self, end):
        return sum(path.endswith(end) for path in self.asked)


@contextmanager
def small_daemon(folder: Path):
    daemon = SmallDaemon(folder / "docker.sock")
    daemon.answers["/info"] = {"DockerRootDir": "/nonexistent", "DriverStatus": []}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def address_string(self):
            return "socket"

        def do_GET(self):
            path = unquote(urlsplit(self.path).path)
            path = "/" + path.split("/", 2)[2] if path.startswith("/v1.") else path
            daemon.asked.append(path)
            if path == "/_ping":
                return self.answer(b"OK", 200)
            if path == "/silent":
                return self.stall()
            found = daemon.answers.get(path)
            if found is None:
                return self.answer(json.dumps({"message": f"no such image: {path}"}).encode(), 404)
            if isinstance(found, bytes):
                return self.send_chunks(found)
            status, found = found if isinstance(found, tuple) else (200, found)
            return self.answer(found.encode() if isinstance(found, str) else json.dumps(found).encode(), status)

        def do_POST(self):
            body = b""
            if daemon.deaf:
                self.stall()
                return
            try:
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()  # else the connection is reset when it is closed, maybe before the answer is read
                daemon.received.append(body)
            except ValueError:
                self.close_connection = True
                return
            self.do_GET()

        def stall(self):
            """Do nothing more, and take nothing, until the client goes."""
            poll = select.poll()
            poll.register(self.connection, select.POLLRDHUP)
            daemon.silent.set()
            if poll.poll(20_000):
                daemon.left.set()
            self.close_connection = True

        def answer(self, body, status):
            self.send_response(status)
            self.send_header("Api-Version", daemon.version)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def send_chunks(self, body):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), 1000):
                if daemon.cut is not None and at >= daemon.cut:
                    self.close_connection = True
                    return None
                if daemon.stalls is not None and at >= daemon.stalls:
                    return self.stall()
                piece = body[at : at + 1000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return None

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

        def get_request(self):
            daemon.connections += 1
            return super().get_request()

        def handle_error(self, *_):
            """A client that goes in the middle is what the tests are about."""

    server = Server(str(daemon.socket), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield daemon
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
