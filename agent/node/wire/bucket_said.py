"""What an errand for a backup brought, read out of the headers of its letter; the stores' own words are untrusted."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from agent.core.s3.answers import StoreAnswer, ended_well, facts_in, read_answer, read_refusal
from agent.core.s3.brought import (
    ArchiveTest,
    Digests,
    Fetched,
    FileInImport,
    Finished,
    ImportFolder,
    PutAside,
    Rights,
    StoreSaid,
)
from agent.core.s3.listing import listing_in
from agent.core.s3.proof import LENGTHS
from agent.node.restoring import (
    DescribeBackup,
    FetchSlice,
    FinishFetch,
    InImport,
    ListBackups,
    ReadThrough,
    SetAside,
    TakeDigests,
)
from agent.node.wire.grammar import matching, number, yes
from agent.node.wire.plain import Garbled, printable

if TYPE_CHECKING:
    from agent.core.s3.answers import StoreFault
    from agent.core.s3.brought import Brought
    from agent.core.s3.proof import Digest
    from agent.node.port import Errand
    from agent.node.wire.facts import Headers

_RIGHTS = re.compile(r"(aws|curl) [a-z]{1,12} [A-Za-z_-]{1,60}\Z")
_HEX_MODE = re.compile(r"[0-9a-f]{1,8}\Z")
_WORDS_OF_FILE, _WORDS_OF_SPACE, _WORDS_OF_SLICE, _WORDS_OF_ANSWER = 5, 4, 2, 3
_REGULAR = 0x8
_FAULTS = {
    "": "",
    "tool": "the node lacks the program",
    "time": "it takes longer than a request may",
    "reading": "the file could not be read",
}


def brought_by(request: Errand, headers: Headers) -> Brought | None:
    """Read what an errand is for; raises Garbled where it is missing or has not its shape."""
    return _in_import(request, headers) if isinstance(request, InImport) else _of_bucket(request, headers)


def _of_bucket(request: Errand, headers: Headers) -> Brought | None:
    match request:
        case ListBackups():
            rights = _rights(headers)
            return StoreSaid(rights=rights, said=listing_in(rights.tool, _answer(rights.tool, headers, "list")))
        case DescribeBackup():
            return _described(headers)
    return None


def _in_import(request: InImport, headers: Headers) -> Brought:
    match request:
        case FetchSlice():
            return _fetched(headers)
        case TakeDigests():
            return _digests(headers, request.digest)
        case ReadThrough():
            return _archive(headers.only("archive"))
        case FinishFetch():
            return Finished(whole=_folder(headers).whole if yes(headers.only("finished")) else None)
        case SetAside():
            yes(headers.only("aside"))
            return PutAside(name=f".{request.name}.{request.tag}.damaged")
        case _:
            return _folder(headers)


def _rights(headers: Headers) -> Rights:
    tool, surroundings, chain = matching(_RIGHTS, headers.only("bucket-rights"), "rights").split(" ")
    return Rights(tool=tool, surroundings=surroundings, chain="" if chain == "unsaid" else chain)


def _said(headers: Headers, name: str) -> tuple[str, bytes] | None:
    """Return one answer by its name: whether it is raw or told, and its bytes."""
    for value in headers.every("bucket-said"):
        words = value.split(" ")
        if len(words) != _WORDS_OF_ANSWER or words[1] not in {"raw", "told"}:
            raise Garbled("a store's answer is not labelled as it must be")
        if words[0] == name:
            return words[1], _raw(words[2])
    return None


def _answer(tool: str, headers: Headers, name: str) -> StoreAnswer:
    said = _said(headers, name)
    if said is None:
        raise Garbled("the letter leaves out what the store answered")
    kind, content = said
    return read_answer(tool, content) if kind == "raw" else StoreAnswer(fault=read_refusal(tool, content))


def _raw(text: str) -> bytes:
    try:
        return b"" if text == "=" else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbled("a store's answer is not the base64 that it must be") from error


def _described(headers: Headers) -> StoreSaid:
    rights = _rights(headers)
    return StoreSaid(
        rights=rights, said=facts_in(*(_answer(rights.tool, headers, name) for name in ("whole", "part", "second")))
    )


def _folder(headers: Headers) -> ImportFolder:
    files = dict(_file(value) for value in headers.every("import-file"))
    space = headers.maybe("import-space")
    return ImportFolder(
        free_bytes=_free(space) if space else None,
        whole=files.get("whole"),
        half=files.get("half"),
        damaged=files.get("damaged"),
    )


def _file(value: str) -> tuple[str, FileInImport]:
    words = value.split(" ")
    if len(words) != _WORDS_OF_FILE or words[0] not in {"whole", "half", "damaged"}:
        raise Garbled(f"a file of the import folder is not described as it must be: {printable(value, 80)}")
    mode = int(matching(_HEX_MODE, words[1], "mode"), 16)
    facts = FileInImport(
        size=number(words[2], "size") if mode >> 12 == _REGULAR else -1,
        mode=f"{mode & 0o7777:04o}",
        owner=_account(words[3]),
        group=_account(words[4]),
    )
    return words[0], facts


def _account(text: str) -> str:
    name, _, digits = text.rpartition(":")
    return printable(digits if name == "UNKNOWN" else name, 64)


def _free(value: str) -> int:
    words = value.split(" ", _WORDS_OF_SPACE)
    if len(words) <= _WORDS_OF_SPACE:
        raise Garbled(f"the space of the import folder is not described as it must be: {printable(value, 60)}")
    return number(words[0], "space", digits=20) * number(words[1], "space", digits=20)


def _fetched(headers: Headers) -> Fetched:
    tool, words = _rights(headers).tool, headers.only("fetched").split(" ")
    if len(words) != _WORDS_OF_SLICE:
        raise Garbled("the slice is not described as it must be")
    before, after = number(words[0], "before"), number(words[1], "after")
    if after < before:
        raise Garbled("the file became shorter while more was fetched")
    return Fetched(before=before, after=after, fault=_why(tool, headers))


def _why(tool: str, headers: Headers) -> StoreFault | None:
    """Why no more came: what the store said when it was asked once more, else what the tool complained of."""
    said, page = _said(headers, "fetch"), _said(headers, "why")
    if said is None or not said[1] or ended_well(tool, said[1]):
        return None
    if page is not None and page[0] == "told":
        return read_refusal("curl", page[1])
    return read_refusal(tool, said[1])


def _digests(headers: Headers, digest: Digest) -> Digests:
    shape = re.compile(rf"[0-9a-f]{{{LENGTHS[digest]}}}\Z")
    found = tuple(matching(shape, one, "digest") for one in headers.only("digests").split())
    fault = headers.only("digests-fault")
    if fault not in _FAULTS:
        raise Garbled("why there are no more digests is not told as it must be")
    return Digests(found=found, fault=_FAULTS[fault])


def _archive(value: str) -> ArchiveTest:
    try:
        return ArchiveTest(value)
    except ValueError:
        raise Garbled(f"the test of the archive ended in no known way: {printable(value, 40)}") from None
