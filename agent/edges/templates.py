"""Which template lays out the document: the one asked for, the one in the folder templates/, or the one shipped."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.core.text.printable import printable
from agent.errors import InputError

FILE_NAME: Final = "filestore-config.xml.j2"
MOST_BYTES: Final = 64 * 1024

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_SHIPPED: Final = (_PACKAGE / "_shipped" / "templates", _PACKAGE.parent / "templates")
"""Inside the installed package, and in a checkout of the source."""
SCHEDULE: Final = "schedule"
"""The folder among them whose templates become units, cron lines and pipelines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template's text, and the name that findings carry."""

    name: str
    text: str


def load_template(path: Path | None) -> Template:
    """Read the template at path, else templates/filestore-config.xml.j2 here, else the one shipped with the product.

    Raises:
        InputError: it is missing, no regular file, not readable, larger than 64 KiB, or not UTF-8.

    """
    return _loaded(path or template_here() or _first_there(*(folder / FILE_NAME for folder in _SHIPPED)))


def template_here() -> Path | None:
    """Return templates/filestore-config.xml.j2 of the folder one is in, which goes before the one shipped, or None."""
    path = Path("templates") / FILE_NAME
    return path if os.path.lexists(path) else None


def schedule_templates() -> dict[str, str]:
    """Return the text of each template that is shipped for `schedule`, by its name.

    Raises:
        InputError: they are missing or cannot be read; the installation is damaged.

    """
    folder = _first_there(*(shipped / SCHEDULE for shipped in _SHIPPED))
    return {path.name: _loaded(path).text for path in sorted(folder.glob("*.j2"))}


def _loaded(chosen: Path) -> Template:
    name = printable(str(chosen))
    content = _read(chosen, name)
    try:
        return Template(name=name, text=content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fact = f"byte {error.start} (0x{content[error.start]:02x}) is not UTF-8"
        raise InputError(f"{name}:{line}: {fact}; re-save the template as UTF-8") from error


def _first_there(*candidates: Path) -> Path:
    """Return the first that exists in whatever form, or the first, whose absence is then told."""
    return next((path for path in candidates if os.path.lexists(path)), candidates[0])


def _read(path: Path, name: str) -> bytes:
    """Read a regular file and not more of it than the limit; opening a named pipe without waiting for its writer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no path"
        raise InputError(f"{name}: the template cannot be read ({reason.lower()}); check --template") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError(f"{name}: the template is not a regular file; check --template")
        content = os.read(descriptor, MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MOST_BYTES:
        raise InputError(f"{name}: the template is larger than {MOST_BYTES} bytes; look whether this is the right file")
    return content
