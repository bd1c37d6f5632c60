"""A bucket's objects on a loopback port, for nodes that come with a signed URL: ranges, conditions, and accidents.

No signature is looked at; that is what tests/support/s3_server.py is for. What it can and moto cannot: break off in the
middle, answer slowly, ignore ranges, and tell how large the parts of an upload are.
"""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class BucketStandIn:
    """Objects by key; cut_after ends each answer after so many bytes, pause waits so long before each 64 KiB."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None
    pause: float = 0.0
    ignores_ranges: bool = False
    seen: list[str] = field(default_factory=list)

    def url(self, key: str) -> str:
        """Return a URL as a signer would make it."""
        return f"http://127.0.0.1:{self.port}/bucket/{quote(key)}?X-Amz-Signature=0123456789abcdef"

    def etag(self, key: str) -> str:
        """Return the object's ETag, without quotes."""
        return hashlib.md5(self.objects[key], usedforsecurity=False).hexdigest()


@contextmanager
def bucket_standin() -> Iterator[BucketStandIn]:
    """Serve while the block runs."""
    there = BucketStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(there, self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there.port = server.server_port
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()


def _answer(there: BucketStandIn, handler: BaseHTTPRequestHandler) -> None:
    key = unquote(urlsplit(handler.path).path).removeprefix("/bucket/")
    asked = handler.headers.get("Range", "")
    there.seen.append(f"{key} {asked}".strip())
    if key not in there.objects:
        return _refuse(handler, 404, "NoSuchKey", "The specified key does not exist.")
    content = there.objects[key]
    if handler.headers.get("If-Match", f'"{there.etag(key)}"') != f'"{there.etag(key)}"':
        return _refuse(handler, 412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
    start, stop = 0, len(content)
    if asked and not there.ignores_ranges:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, stop = int(first), min(int(last) + 1 if last else stop, stop)
    handler.send_response(206 if asked and not there.ignores_ranges else 200)
    if asked and not there.ignores_ranges:
        handler.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
    handler.send_header("ETag", f'"{there.etag(key)}"')
    handler.send_header("Content-Length", str(stop - start))
    handler.end_headers()
    _pour(there, handler, content[start:stop])
    return None


def _pour(there: BucketStandIn, handler: BaseHTTPRequestHandler, content: bytes) -> None:
    kept = content if there.cut_after is None else content[: there.cut_after]
    handler.close_connection = True
    try:
        for place in range(0, len(kept), 65536):
            time.sleep(there.pause)
            handler.wfile.write(kept[place : place + 65536])
    except (BrokenPipeError, ConnectionResetError):
        return


def _refuse(handler: BaseHTTPRequestHandler, status: int, code: str, message: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
