"""One HTTP request to a stand-in on this machine, past the proxies of the environment."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.client import HTTPResponse

NOBODY: tuple[int, Any] = (0, {})
"""Code and content where nobody listens, or the one who did hung up."""


def ask(url: str, patience: float, *, method: str = "GET", token: str | None = None) -> tuple[int, Any]:
    """Return code and content: what is JSON as values, all else as text. Patience is in seconds."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310 - a loopback address of our own
    try:
        with _DIRECT.open(request, timeout=patience) as answer:
            return answer.status, _content(answer)
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, _content(fault)
    except (urllib.error.URLError, ConnectionError, http.client.HTTPException):
        return NOBODY


def _content(answer: HTTPResponse | urllib.error.HTTPError) -> Any:
    body = answer.read().decode("utf-8")
    return json.loads(body) if answer.headers.get_content_type() == "application/json" else body


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
