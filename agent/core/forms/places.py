"""Where does a finding's file lie for a reader who has the repository, not this machine?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The folder that the files were named from, and the top of the repository around it; both absolute."""

    folder: str
    top: str

    def within(self, file: str) -> str | None:
        """Return the file's path from the top of the repository, or None for one that lies outside it."""
        path, top = self._whole(file), PurePosixPath(self.top)
        return str(path.relative_to(top)) if path.is_relative_to(top) else None

    def address(self, file: str) -> str:
        """Return the whole address of a file outside the repository."""
        return f"file://{as_uri(str(self._whole(file)))}"

    def _whole(self, file: str) -> PurePosixPath:
        """Join and take out what leads nowhere; links are not followed, since nobody is asked for them."""
        parts: list[str] = []
        for part in (PurePosixPath(self.folder) / file).parts[1:]:
            if part == "..":
                parts = parts[:-1]
            else:
                parts.append(part)
        return PurePosixPath("/", *parts)


def as_uri(path: str) -> str:
    """Write a path as the path of an address; a file's name may hold what UTF-8 does not."""
    try:
        return quote(path, safe="/", errors="surrogateescape")
    except UnicodeEncodeError:  # half a character, which no file of this machine has in its name
        return quote(path, safe="/", errors="surrogatepass")
