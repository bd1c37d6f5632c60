"""The inventory folder as an estate: every cluster file read, laid over defaults.yml, judged, with all findings.

A file's stem is its cluster's name. Files are opened without waiting (a FIFO cannot hang us), must be regular and at
most 256 KiB, and are read once.
"""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Place, Severity, errors_among
from agent.core.inventory.cluster_name import WAY, is_cluster_name
from agent.core.inventory.estate import Estate
from agent.core.inventory.resolve import Inventory, read_inventory
from agent.core.inventory.written import Written, lay_over
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import shown
from agent.edges.yaml_source import read_yaml
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Estate", "load_estate", "read_estate"]

MOST_BYTES = 256 * 1024
DEFAULTS = "defaults"
_SUFFIXES = {".yml", ".yaml"}


def load_estate(folder: Path) -> Estate:
    """Return the clusters of a folder; the estate's findings are warnings and notes only.

    Raises:
        InputError: with all findings of all files, if one of them is an error.
    """
    estate = read_estate(folder)
    errors = errors_among(estate.findings)
    if errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise InputError(f"{folder}: {count} in the inventory; correct the lines that are named", estate.findings)
    return estate


def read_estate(folder: Path) -> Estate:
    """Return what can be read of a folder: the sound clusters, and all findings of all files. Never raises."""
    files, findings = _files_of(folder)
    below = [path for path in files if path.stem == DEFAULTS]
    above = [path for path in files if path.stem != DEFAULTS]
    if not above and not findings:
        message, hint = "there is no cluster file", "write one per cluster, such as prod.yml; begin with example.yml"
        findings.append(_error(Rule.NO_CLUSTER, folder, message, hint))
    defaults: Written | None = None
    for path in below:
        defaults, found = _read_file(path)
        findings += found
    return _estate(((path, *_read_file(path)) for path in above), defaults, findings)


def estate_with(content: bytes, path: Path, *, folder: Path | None) -> Estate:
    """Return what a cluster's file of this content would mean: in a folder with its defaults.yml, or in none."""
    defaults, findings = None, list[Finding]()
    for below in [folder / f"{DEFAULTS}{suffix}" for suffix in sorted(_SUFFIXES)] if folder else []:
        if below.exists():
            defaults, found = _read_file(below)
            findings += found
    written, told = read_yaml(content, str(path))
    return _estate([(path, written, list(told))], defaults, findings)


def _estate(
    files: Iterable[tuple[Path, Written | None, list[Finding]]], defaults: Written | None, findings: list[Finding]
) -> Estate:
    clusters: dict[str, Inventory] = {}
    places: dict[str, Written] = {}
    unread: list[str] = []
    for path, written, found in files:
        findings += (replace(finding, cluster=path.stem) for finding in found)
        if written is None:
            unread.append(path.stem)
            continue
        places[path.stem] = written if defaults is None else lay_over(defaults, written)
        inventory, judged = read_inventory(places[path.stem], path.stem)
        findings += _once_for_defaults(judged, defaults)
        if inventory is not None and not errors_among(tuple(found)):
            clusters[path.stem] = inventory
    in_order = tuple(sorted(dict.fromkeys(findings), key=_reading_order))
    return Estate(clusters=clusters, findings=in_order, places=places, unread=tuple(unread))


def _reading_order(finding: Finding) -> tuple[str, int, int, str]:
    place = finding.place
    return (place.file, place.line or 0, place.column or 0, finding.rule)


def _files_of(folder: Path) -> tuple[list[Path], list[Finding]]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - one system call, and its error is about the folder
    except OSError as reason:
        hint = "name the folder with --inventory"
        return [], [_error(Rule.UNREADABLE_FILE, folder, f"the folder cannot be read: {_why(reason)}", hint)]
    files = [folder / name for name in names if (folder / name).suffix in _SUFFIXES and not name.startswith(".")]
    findings = [*_name_findings(files), *_twin_findings(files)]
    blamed = {finding.place.file for finding in findings}
    return [path for path in files if str(path) not in blamed], findings


def _name_findings(files: list[Path]) -> list[Finding]:
    return [
        _error(
            Rule.NO_CLUSTER,
            path,
            f"{shown(path.stem)} cannot be the name of a cluster",
            WAY,
        )
        for path in files
        if not is_cluster_name(path.stem)
    ]


def _twin_findings(files: list[Path]) -> list[Finding]:
    first: dict[str, Path] = {}
    return [
        _error(
            Rule.NO_CLUSTER, path, f"{first[path.stem].name} has the same name before its ending", "keep one of them"
        )
        for path in files
        if first.setdefault(path.stem, path) != path
    ]


def _read_file(path: Path) -> tuple[Written | None, list[Finding]]:
    try:
        content, mode = _content_of(path)
    except (OSError, ValueError) as reason:
        return None, [_error(Rule.UNREADABLE_FILE, path, f"the file cannot be read: {_why(reason)}", None)]
    written, found = read_yaml(content, str(path))
    findings = list(found)
    if mode & stat.S_IWOTH:
        message, hint = "every user of this machine may change this file", f"chmod o-w {path.name}"
        place = Place(file=str(path))
        warning = Severity.WARNING
        findings.append(
            Finding(rule=Rule.WORLD_WRITABLE.value, severity=warning, message=message, place=place, hint=hint)
        )
    return written, findings


def _content_of(path: Path) -> tuple[bytes, int]:
    """Return a regular file's bytes and mode; ValueError says what else it is."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("it is not a regular file")
        content = file.read(MOST_BYTES + 1) if facts.st_size <= MOST_BYTES else b""
        if facts.st_size > MOST_BYTES or len(content) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 1024} KiB, more than any inventory needs")
        return content, facts.st_mode


def _once_for_defaults(findings: tuple[Finding, ...], defaults: Written | None) -> list[Finding]:
    """Take the cluster's name off what defaults.yml is to blame for, so that it is told once."""
    shared = None if defaults is None else defaults.place.file
    return [replace(finding, cluster=None) if finding.place.file == shared else finding for finding in findings]


def _error(rule: Rule, path: Path, message: str, hint: str | None) -> Finding:
    return Finding(rule=rule.value, severity=Severity.ERROR, message=message, place=Place(file=str(path)), hint=hint)


def _why(reason: Exception) -> str:
    return str(getattr(reason, "strerror", None) or reason)
