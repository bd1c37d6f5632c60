"""What a node learnt of the buckets: the letter's lines, each of a known shape and each exactly once."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.core.s3.probe import LookUp, Reply, Rights, StoreView, Surroundings, Tried, Unasked, Verb
from agent.core.s3.reading import caller_in, reply_in
from agent.node.wire.grammar import matching, number
from agent.node.wire.plain import Garbled, printable

if TYPE_CHECKING:
    from agent.core.s3.probe import Probe
    from agent.node.port import ProbeStores
    from agent.node.wire.facts import Headers

TOLD_CAP: Final = 6000
_TOOLS: Final = ("aws", "curl", "none")
_CHAIN: Final = re.compile(r"[a-z][a-z_-]{1,40}\Z")
_KEY: Final = re.compile(r"[0-9a-f]{12}\Z")


def view_in(request: ProbeStores, headers: Headers) -> StoreView:
    """Read what came back for every question that was asked, and for no other; raises Garbled."""
    said: dict[tuple[str, ...], list[str]] = {}
    for line in headers.every("store"):
        name, rest = _named(line.split(" "))
        if name in said:
            raise Garbled(f"one thing was told twice of a bucket: {printable(' '.join(name), 60)}")
        said[name] = rest
    tried = tuple(_tried(place, probe, said) for place, probe in enumerate(request.probes))
    if said:
        raise Garbled("something was told of a bucket that was not asked for")
    return StoreView(rights=_rights(headers), tried=tried)


def _named(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Split a line into what it is about and what it says."""
    size = 3 if words[1:2] and words[1] in list(Verb) else 2
    return tuple(words[:size]), words[size:]


def _tried(place: int, probe: Probe, said: dict[tuple[str, ...], list[str]]) -> Tried:
    def taken(*name: str) -> list[str]:
        try:
            return said.pop((str(place), *name))
        except KeyError:
            raise Garbled(f"nothing was told of {' '.join(name)} of a bucket") from None

    return Tried(
        probe=probe,
        look_up=_look_up(taken("look-up")),
        door=_door(taken("door")),
        replies=tuple(
            (trial.target, verb, _reply(taken(verb, trial.target))) for trial in probe.trials for verb in trial.verbs
        ),
    )


def _look_up(words: list[str]) -> LookUp:
    try:
        return LookUp(" ".join(words))
    except ValueError:
        raise Garbled("a look-up of a name ended in no way that it can") from None


def _door(words: list[str]) -> Reply:
    """Read the first answer of a bucket's host, which was asked with a signature where there were keys for one."""
    if words[1:2] == ["signed"]:
        return replace(_reply([words[0], "curl", *words[2:]]), signed=True)
    return _reply(words)


def _reply(words: list[str]) -> Reply:
    match words:
        case [reason] if reason in list(Unasked):
            return Reply(unasked=Unasked(reason))
        case [at, "aws" | "curl" as tool, told]:
            try:
                return reply_in(_told(told), tool=tool, at=number(at, "a time", digits=12))
            except ValueError as error:
                raise Garbled(str(error)) from error
    raise Garbled("an answer of a store is not told as it must be")


def _rights(headers: Headers) -> Rights:
    match headers.only("rights").split(" "):
        case ["process" | "unit" | "owner" | "hidden" as where, tool, chain, key, "yes" | "no" as proxy] if (
            tool in _TOOLS
        ):
            return Rights(
                surroundings=Surroundings(where),
                tool=tool,
                chain=matching(_CHAIN, chain, "a link of the chain"),
                key=None if key == "none" else matching(_KEY, key, "a key's digest"),
                proxy=proxy == "yes",
                caller=caller_in(_told(headers.only("caller"))),
            )
    raise Garbled("whose rights they were is not told as it must be")


def _told(word: str) -> str:
    """Read told lines that travelled as base64; each is made printable, the line feeds stay."""
    try:
        raw = b"" if word == "=" else base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbled("what a store said is not the base64 that it must be") from error
    if len(raw) > TOLD_CAP:
        raise Garbled("more was told of a store's answer than is told of any")
    lines = raw.decode("utf-8", "surrogateescape").split("\n")
    return "\n".join(printable(line.rstrip("\r"), 600) for line in lines)
