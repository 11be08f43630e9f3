"""A registry in this process (distribution-spec 1.1): it notes each request, and can be told to answer wrongly.

with small_registry() as registry:
    registry.host                                  127.0.0.1:PORT
    registry.seen                                  ["HEAD /v2/…", …]
    registry.fault("PATCH", status=500, times=2)   the next two PATCHes get that answer
    registry.fault("PATCH", cut=1000)              the next one breaks off after 1000 bytes of its body, which are kept
    registry.fault("GET", cut=1000)                the answer breaks off after 1000 bytes of its body
"""

import hashlib
import json
import re
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PAGE = 3


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class SmallRegistry:
    def __init__(self):
        self.blobs, self.manifests, self.tags, self.uploads = {}, {}, {}, {}
        """By (repository, digest); of manifests (media type, bytes); tags by (repository, tag)."""
        self.seen, self.faults, self.ranges_asked = [], [], []
        self.users = {}
        """Name to password; empty: everybody may."""
        self.deletes = "both"
        """What may be deleted: `both`, `digest` alone, or `none`."""
        self.absolute, self.min_chunk, self.mounts = True, None, True
        self.lock = threading.Lock()

    def fault(self, method, path="", *, status=None, headers=None, cut=None, body=None, times=1):
        self.faults.append(
            {
                "method": method,
                "path": path,
                "status": status,
                "headers": headers or {},
                "cut": cut,
                "body": body,
                "times": times,
            }
        )

    def next_fault(self, method, path):
        with self.lock:
            for one in self.faults:
                if one["times"] > 0 and re.fullmatch(one["method"], method) and re.search(one["path"], path):
                    one["times"] -= 1
                    return one
        return None

    def count(self, method, path=""):
        return sum(one.startswith(method + " ") and re.search(path, one) is not None for one in self.seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: SmallRegistry

    def log_message(self, *_):
        pass

    def handle_any(self):
        registry = self.registry
        registry.seen.append(f"{self.command} {self.path}")
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        fault = registry.next_fault(self.command, self.path)
        self.cut_answer = fault["cut"] if fault is not None and self.command == "GET" else None
        content = self.content(fault)
        if fault is not None and fault["status"] is not None:
            self.answer(fault["status"], fault["body"] or b"{}", **fault["headers"])
            return
        if not self.allowed():
            self.answer(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', **{"WWW-Authenticate": 'Basic realm="small"'})
            return
        self.replaced = fault["body"] if fault is not None else None
        for pattern, handle in _ROUTES:
            if (match := re.fullmatch(pattern, parts.path)) is not None:
                handle(self, *match.groups(), query=query, content=content)
                break
        else:
            self.answer(404)
        if fault is not None and fault["cut"] is not None:
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any

    def content(self, fault):
        length = int(self.headers.get("Content-Length") or 0)
        if fault is not None and fault["cut"] is not None and self.command == "PATCH":
            got = self.rfile.read(min(length, fault["cut"]))
            upload = urlsplit(self.path).path.rpartition("/")[2]
            self.registry.uploads[upload] += got
            self.close_connection = True
            self.connection.close()
            raise ConnectionError("as the test wanted")
        return self.rfile.read(length)

    def allowed(self):
        import base64

        users = self.registry.users
        if not users:
            return True
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        return users.get(user) == password

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.cut_answer is not None:
            self.wfile.write(body[: self.cut_answer])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            raise ConnectionError("as the test wanted")
        self.wfile.write(body)

    def ping(self, *, query, content):
        self.answer(200, b"{}")

    def list_repositories(self, *, query, content):
        names = sorted({name for name, _ in self.registry.tags if name > query.get("last", "")})
        page = names[:_PAGE]
        link = {"Link": f'</v2/_catalog?last={page[-1]}&n={_PAGE}>; rel="next"'} if len(names) > _PAGE else {}
        self.answer(200, json.dumps({"repositories": page}).encode(), **link)

    def list_tags(self, repository, *, query, content):
        tags = sorted(tag for name, tag in self.registry.tags if name == repository and tag > query.get("last", ""))
        page = tags[:_PAGE]
        link = (
            {"Link": f'</v2/{repository}/tags/list?last={page[-1]}&n={_PAGE}>; rel="next"'} if len(tags) > _PAGE else {}
        )
        self.answer(200, json.dumps({"name": repository, "tags": page or None}).encode(), **link)

    def manifest(self, repository, tag, *, query, content):
        registry = self.registry
        digest = registry.tags.get((repository, tag), tag)
        if self.command == "PUT":
            media_type = self.headers["Content-Type"]
            parsed = json.loads(content)
            named = [one["digest"] for key in ("layers", "manifests") for one in parsed.get(key, ())]
            named += [parsed["config"]["digest"]] if "config" in parsed else []
            if any(
                (repository, one) not in registry.blobs and (repository, one) not in registry.manifests for one in named
            ):
                self.answer(400, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}')
                return
            registry.manifests[repository, sha256(content)] = (media_type, content)
            if not tag.startswith("sha256:"):
                registry.tags[repository, tag] = sha256(content)
            self.answer(201, **{"Docker-Content-Digest": sha256(content)})
            return
        if (repository, digest) not in registry.manifests:
            self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
            return
        if self.command == "DELETE":
            by_tag = not tag.startswith("sha256:")
            if registry.deletes == "none" or (registry.deletes == "digest" and by_tag):
                self.answer(405)
                return
            if by_tag:
                del registry.tags[repository, tag]
            else:
                del registry.manifests[repository, digest]
                registry.tags = {
                    key: one for key, one in registry.tags.items() if key[0] != repository or one != digest
                }
            self.answer(202)
            return
        media_type, body = registry.manifests[repository, digest]
        self.answer(200, self.replaced or body, **{"Content-Type": media_type, "Docker-Content-Digest": digest})

    def blob(self, repository, digest, *, query, content):
        body = self.registry.blobs.get((repository, digest))
        if body is None:
            self.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
            return
        body = self.replaced or body
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        self.registry.ranges_asked.append(self.headers.get("Range"))
        if asked is not None:
            start, end = int(asked[1]), int(asked[2])
            self.answer(206, body[start : end + 1], **{"Content-Range": f"bytes {start}-{end}/{len(body)}"})
        else:
            self.answer(200, body)

    def begin(self, repository, *, query, content):
        registry = self.registry
        if (there := registry.blobs.get((query.get("from"), query.get("mount")))) is not None and registry.mounts:
            registry.blobs[repository, query["mount"]] = there
            self.answer(201)
            return
        upload = uuid.uuid4().hex
        registry.uploads[upload] = b""
        more = {"OCI-Chunk-Min-Length": str(registry.min_chunk)} if registry.min_chunk else {}
        self.answer(202, Location=self.place(repository, upload), Range="0-0", **more)

    def place(self, repository, upload):
        start = f"http://{self.headers['Host']}" if self.registry.absolute else ""
        return f"{start}/v2/{repository}/blobs/uploads/{upload}?state=a%2Bb"

    def upload(self, repository, upload, *, query, content):
        registry = self.registry
        if upload not in registry.uploads or query.get("state") != "a+b":
            self.answer(404, b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
            return
        if self.command == "DELETE":
            del registry.uploads[upload]
            self.answer(204)
            return
        if self.command == "PATCH":
            start = int(self.headers["Content-Range"].partition("-")[0])
            if start != len(registry.uploads[upload]):
                self.answer(416)
                return
        whole = registry.uploads[upload] = registry.uploads[upload] + content
        if self.command == "PUT":
            if sha256(whole) != query["digest"]:
                self.answer(400, b'{"errors":[{"code":"DIGEST_INVALID"}]}')
                return
            del registry.uploads[upload]
            registry.blobs[repository, query["digest"]] = whole
            self.answer(201, Location=f"/v2/{repository}/blobs/{query['digest']}")
            return
        far = {"Location": self.place(repository, upload), "Range": f"0-{max(0, len(whole) - 1)}"}
        self.answer(202 if self.command == "PATCH" else 204, **far)


_ROUTES = [
    (r"/v2/", _Handler.ping),
    (r"/v2/_catalog", _Handler.list_repositories),
    (r"/v2/(.+)/tags/list", _Handler.list_tags),
    (r"/v2/(.+)/manifests/([^/]+)", _Handler.manifest),
    (r"/v2/(.+)/blobs/uploads/", _Handler.begin),
    (r"/v2/(.+)/blobs/uploads/([^/]+)", _Handler.upload),
    (r"/v2/(.+)/blobs/([^/]+)", _Handler.blob),
]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # connections that were broken off on purpose


@contextmanager
def small_registry():
    registry = SmallRegistry()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"registry": registry}))
    registry.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
