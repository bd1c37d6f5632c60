"""What does Jira's log on a machine hold? Its files, the oldest first, and the lines in them after a mark."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.observation import LogExcerpt, LogMark
from agent.node.wire.brought import LINES_AT_AN_END, SCAN_CAP, TAIL, excerpt_of, shown_line
from agent.node.wire.script import usable


@dataclass(slots=True, kw_only=True)
class LogFile:
    """One file of the log, the one of now or one that was rotated away."""

    inode: str
    content: bytes = b""


class JiraLog:
    """The log of one machine; there is no file before something is written."""

    def __init__(self) -> None:
        self.files: list[LogFile] = []
        self._inodes = 9000

    @property
    def mark(self) -> LogMark | None:
        """The end of the log at this moment."""
        return LogMark(inode=self.files[-1].inode, size=len(self.files[-1].content)) if self.files else None

    @property
    def lines(self) -> list[str]:
        """All lines that are kept, the oldest first."""
        whole = b"".join(file.content for file in self.files)
        return whole.decode("utf-8", "replace").splitlines()

    def write(self, *lines: str) -> None:
        """Add lines at the end."""
        if lines:
            self.append("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))

    def append(self, content: bytes) -> None:
        """Add bytes at the end."""
        if not self.files:
            self._begin()
        self.files[-1].content += content

    def rotate(self, keep: int = 5) -> None:
        """Begin a new file, and forget the oldest of those that were rotated away."""
        if self.files:
            self._begin()
            del self.files[: -keep - 1]

    def cut_short(self) -> None:
        """Empty the file in place."""
        if self.files:
            self.files[-1].content = b""

    def excerpt(self, since: LogMark | None, signs: tuple[str, ...]) -> LogExcerpt:
        """Return the lines after a mark that bear a sign."""
        parts, whole = self._after(since) if since else ([file.content[-TAIL:] for file in self.files[-1:]], True)
        fits = sum(map(len, parts)) <= SCAN_CAP
        read = b"\n".join(parts)
        if not fits:
            read = read[: SCAN_CAP // 2] + b"\n" + read[-SCAN_CAP // 2 :]
        bearing = _bearing(read, usable(signs))
        return excerpt_of(bearing[: LINES_AT_AN_END + 1], bearing[-LINES_AT_AN_END:], whole=whole and fits)

    def _after(self, since: LogMark) -> tuple[list[bytes], bool]:
        """Return what is in the mark's file behind it, and all of the newer ones; without it, the log of now."""
        place = next((place for place, file in enumerate(self.files) if file.inode == since.inode), None)
        if place is None:
            return [file.content for file in self.files[-1:]], False
        content = self.files[place].content
        cut = since.size > len(content)
        rest = content if cut else content[since.size :]
        return [rest, *(file.content for file in self.files[place + 1 :])], not cut

    def _begin(self) -> None:
        self._inodes += 1
        self.files.append(LogFile(inode=str(self._inodes)))


def _bearing(read: bytes, signs: tuple[str, ...]) -> list[tuple[int, str]]:
    wanted = [sign.encode("utf-8", "surrogateescape") for sign in signs]
    numbered = enumerate(read.split(b"\n"), 1)
    return [(number, shown_line(line)) for number, line in numbered if any(sign in line for sign in wanted)]
