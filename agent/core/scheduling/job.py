"""What is to be run again and again: the drift check of whom, by which program, how often."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256

from agent.core.inventory.cluster_name import EVERY_CLUSTER
from agent.core.text.printable import printable
from agent.errors import InputError

_ODD = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 80
_MARK_LETTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One drift check that recurs; every path is as the program will be given it.

    program is how the program is started, as words; every is in seconds; host and the job's own words decide at which
    moment of the interval it runs. user is whom a unit or a file of the whole system runs it as, None for one's own.
    """

    program: tuple[str, ...]
    inventory: str
    clusters: tuple[str, ...]
    every: int
    host: str
    template: str | None = None
    limit: str | None = None
    exclude: str | None = None
    metrics: str | None = None
    user: str | None = None

    @property
    def name(self) -> str:
        """The name of its units and files: with the clusters that were named, in letters that every scheduler takes.

        Where that does not tell it from another job it ends in its mark; of which inventory it is no name tells.
        """
        named = () if self.clusters == (EVERY_CLUSTER,) else self.clusters
        plain = "-".join(("filestore-agent-drift", *named))
        takes = _ODD.sub("_", plain)[:_LONGEST_NAME]
        is_whole = len(self.clusters) == 1 and self.limit is None and self.exclude is None
        return plain if is_whole and takes == plain else f"{takes[: _LONGEST_NAME - _MARK_LETTERS - 1]}-{self.mark}"

    @property
    def mark(self) -> str:
        """What tells it from every other job, in its files: whom it looks at, and as whom; how often is no matter."""
        told = json.dumps((self.inventory, self.clusters, self.limit, self.exclude, self.user))
        return sha256(told.encode()).hexdigest()[:_MARK_LETTERS]

    @property
    def subject(self) -> str:
        """Whom it looks at, in words."""
        return "all clusters" if self.clusters == (EVERY_CLUSTER,) else " and ".join(self.clusters)

    @property
    def words(self) -> tuple[str, ...]:
        """The command, word by word."""
        given = (
            ("--inventory", self.inventory),
            *(("--cluster", cluster) for cluster in self.clusters),
            ("--template", self.template),
            ("--limit", self.limit),
            ("--exclude", self.exclude),
            ("--metrics", self.metrics),
        )
        said = tuple(word for flag, value in given if value is not None for word in (flag, value))
        return (*self.program, "drift", *said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file that a scheduler reads: its name, where it belongs, its text."""

    name: str
    place: str
    text: str


def require_sayable(words: tuple[str, ...], *, where: str) -> None:
    """Insist that each word is text of one line.

    Raises:
        InputError: a word holds a control character, or bytes that are no UTF-8.

    """
    for word in words:
        if printable(word, limit=len(word)) != word:
            raise InputError(f"{word!a}: {where} cannot say what is not printable; use another name")
