"""Which shell script a request is: the fragments of its verb under the request's values as quoted assignments."""

from __future__ import annotations

import base64
import hashlib
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.node.port import (
    HIGHEST_EPOCH,
    Claim,
    Commit,
    Consult,
    DescribeBackup,
    Discard,
    Errand,
    Examine,
    FetchSlice,
    FinishFetch,
    ListBackups,
    Observe,
    ProbeStores,
    ReadLog,
    ReadThrough,
    Recall,
    Release,
    Restore,
    SetAside,
    Stage,
    Start,
    Stop,
    SurveyImport,
    TakeDigests,
)
from agent.node.wire.bucket_words import errand_words
from agent.node.wire.consulting import consultation
from agent.node.wire.plain import PLAIN
from agent.node.wire.probing import probing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.node import Node
    from agent.node.port import Change, LockToken, Request

LOOK = ("prelude", "observe", "around", "look")
_ACT = ("prelude", "observe", "guard")
ABROAD = ("prelude", "observe", "around", "guard", "identity", "sigv4", "store")
"""What every errand begins with: a look, whose user it is, and with which rights it goes."""
_IN_IMPORT = ("prelude", "observe", "guard", "as_owner", "import_folder")
PARTS: dict[type[Request], tuple[str, ...]] = {
    Observe: LOOK,
    Examine: LOOK,
    Consult: (*LOOK[:-1], "consult"),
    Recall: (*LOOK[:-1], "recall"),
    ReadLog: (*LOOK[:-1], "read_log"),
    ProbeStores: (*ABROAD, "probe"),
    Claim: (*_ACT, "claim"),
    Release: (*_ACT, "release"),
    Stage: (*_ACT, "place", "stage"),
    Commit: (*_ACT, "place", "record", "commit"),
    Discard: (*_ACT, "place", "discard"),
    Restore: (*_ACT, "place", "record", "restore"),
    Stop: ("surroundings", *_ACT, "systemd", "service"),
    Start: ("surroundings", *_ACT, "systemd", "service"),
    ListBackups: (*ABROAD, "as_owner", "bucket", "list_backups"),
    DescribeBackup: (*ABROAD, "as_owner", "bucket", "describe_backup"),
    SurveyImport: (*_IN_IMPORT, "survey_import"),
    FetchSlice: (*ABROAD, "as_owner", "bucket", "import_folder", "fetch_slice"),
    TakeDigests: (*_IN_IMPORT, "take_digests"),
    ReadThrough: (*_IN_IMPORT, "test_archive"),
    FinishFetch: (*_IN_IMPORT, "finish_fetch"),
    SetAside: (*_IN_IMPORT, "set_aside"),
}
GUARD_ONLY = (*_ACT, "guard_only")
ASIDE = ("prelude", "systemd", "aside")
_END = "#end"


def script_of(parts: tuple[str, ...], values: Mapping[str, str]) -> str:
    """Join fragments under the values they work with; every value is one shell word, whatever it holds."""
    assignments = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    return assignments + "".join(_fragment(part) for part in parts)


def escaped(script: str) -> str:
    r"""Write a script as one line of printable ASCII that printf %b turns back into exactly the script."""
    return "".join(_escape(byte) for byte in script.encode("utf-8", "surrogateescape"))


def carried(script: str) -> bytes:
    r"""Write a script as stdin carries it: a short line that reads the rest in one go, then the script as it is.

    The shell reads a line byte by byte, which took longer than all that a look does. What has not come whole is not
    run; and the "exit" in front is for whoever finds the script but not the line before it.
    """
    body = f"exit\n{script}{_END}\n".encode("utf-8", "surrogateescape")
    line = f"s=$(PATH=/usr/bin:/bin; dd bs={len(body)} count=1 iflag=fullblock 2>/dev/null)"
    return f"{line}; case $s in *'{_END}') eval \"${{s#exit}}\" ;; esac\n".encode("ascii") + body


def values_of(node: Node, request: Request, frame: str) -> dict[str, str]:
    """Return the shell assignments of one request."""
    return {**_place_of(node), "frame": frame, **_wishes_of(request)}


def word(text: str) -> str:
    """Write any text as one word that cannot disturb a line: base64, and "=" for the empty text."""
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii") or "="


def tag_of(plan: str) -> str:
    """Return the short name that a plan's temps carry on the node."""
    return hashlib.sha256(plan.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _place_of(node: Node) -> dict[str, str]:
    status = node.status
    return {
        "home": node.localhome,
        "owner": node.owner,
        "group": node.group,
        "mode": node.mode,
        "unit": getattr(node.service, "unit", ""),
        "scheme": status.scheme,
        "address": status.address,
        "port": str(status.port),
        "path": f"{status.context_path}/status",
        "url": status.url,
    }


def _wishes_of(request: Request) -> dict[str, str]:
    match request:
        case Examine():
            return {"examine": "yes"}
        case Consult():
            return consultation(request)
        case ReadLog():
            return _mark(request) | {"signs": "\n".join(usable(request.signs))}
        case Observe():
            return {}
        case Errand():
            return _errand(request)
    return _token(request.token) | _particulars(request)


def _errand(request: Errand) -> dict[str, str]:
    match request:
        case ProbeStores():
            return probing(request)
        case _:
            return errand_words(request)


def _particulars(request: Change) -> dict[str, str]:
    match request:
        case Claim():
            who = f"{word(request.holder)} {word(request.host)} {word(request.since)}"
            return {"who": who, "undoes": _plan(request), "highest_epoch": str(HIGHEST_EPOCH)} | _copy(request)
        case Release():
            return {"raise": str(request.raise_epoch), "highest_epoch": str(HIGHEST_EPOCH)}
        case Stage():
            return {"wanted": request.digest, "expected": request.expected, "bytes": str(len(request.document))}
        case Commit():
            return _change(request) | {"loaded": _loaded(request)}
        case Restore():
            return _change(request) | {"loaded": ""}
        case _:
            return {"act": type(request).__name__.lower()}


def usable(signs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the signs that a line can bear; the empty one says nothing, and none holds the end of a line."""
    return tuple(sign for sign in signs if sign and not set(sign) & {"\n", "\0"})


def _mark(request: ReadLog) -> dict[str, str]:
    if request.since is None:
        return {"mark_inode": "", "mark_size": "0"}
    return {"mark_inode": request.since.inode, "mark_size": str(request.since.size)}


def _copy(request: Claim) -> dict[str, str]:
    return {"bytes": str(len(request.plan_copy)), "wanted": digest_of(request.plan_copy)}


def _plan(request: Claim) -> str:
    return "" if request.undoes is None else f"{tag_of(request.undoes)} {word(request.undoes)}"


def _token(token: LockToken) -> dict[str, str]:
    tag = tag_of(token.plan)
    return {"mine": f"{tag} {word(token.plan)} {token.epoch}", "own_tag": tag, "own_epoch": str(token.epoch)}


def _change(request: Commit | Restore) -> dict[str, str]:
    meaning = f"{word(request.canonical)} {word(request.routing)}"
    return {"wanted": request.digest, "expected": request.expected, "meaning": meaning}


def _loaded(request: Commit) -> str:
    if request.loaded_canonical is None or request.loaded_ticks is None:
        return ""
    return f"{word(request.loaded_canonical)} {word(request.loaded_routing or '')} {request.loaded_ticks}"


def _escape(byte: int) -> str:
    if byte == ord("\\"):
        return "\\\\"
    if byte == ord("\n"):
        return "\\n"
    return chr(byte) if byte in PLAIN else f"\\0{byte:03o}"


@cache
def _fragment(name: str) -> str:
    """Read one fragment as it travels: without comments and indentation."""
    lines = (Path(__file__).with_name(f"{name}.sh")).read_text("ascii").splitlines()
    bare = (line.strip() for line in lines)
    return "".join(f"{line}\n" for line in bare if line and not line.startswith("#"))
