"""Which variables does the vendor's chart give the image, and which version of Jira, by values files in Helm's order?

Mappings of several files are merged, anything else is replaced, and null takes a value away (Helm, "Values Files").
A block counts if its bucketName and bucketRegion are both set (the chart's _helpers.tpl); what
jira.additionalEnvironmentVariables sets comes after it in the container, and so before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from agent.core.filestore import Target
from agent.core.finding import Finding, Place
from agent.core.importing.codes import Code, error, warning
from agent.core.importing.env_text import is_ours
from agent.core.importing.image import Block, half_set, image_stores, variable_of
from agent.core.importing.misplaced import (
    EXTRA,
    JIRA,
    STORAGE,
    elsewhere,
    near_misses,
    places_of_storage,
    umbrella_of,
)
from agent.core.importing.told import Left, Stores, Taken, Told
from agent.core.inventory.written import Kind, Written, dotted, lay_over
from agent.core.text.shown import plainly, shown
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TAG: Final = ("image", "tag")
_TAG_TOO_DEEP: Final = (JIRA, *TAG)
LEAVES: Final = {"bucketName": "BUCKET_NAME", "bucketRegion": "REGION", "endpointOverride": "ENDPOINT_OVERRIDE"}
_NAMES: Final = {"bucket": "bucketName", "region": "bucketRegion"}
_ORDER: Final = (Target.AVATARS, Target.ATTACHMENTS, Target.BACKUPS)
_VERSION: Final = re.compile(r"(?P<version>[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?:-(?:ubuntu|ubi[0-9]*|jdk[0-9]{1,2}))*")
_FLAG: Final = "jira-version"
_ROOTS: Final = {Kind.MAPPING, Kind.NOTHING}
_NO_NAME: Final = "?"
"""What the reader calls a key that is no scalar: {{ x }} is a mapping in a mapping to YAML."""
_EMPTY_KINDS: Final = {Kind.TEXT, Kind.NOTHING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One values file: its root, or None where it holds nothing; and where keys are said twice, by path."""

    file: str
    root: Written | None
    doubled: tuple[tuple[tuple[str, ...], Finding], ...] = ()


@dataclass(slots=True)
class _Chart:
    """What the chart makes of the merged values, and what is found on the way."""

    merged: Written
    variables: dict[str, Told] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    half: dict[str, Finding] = field(default_factory=dict)

    def text(self, path: tuple[str, ...]) -> Told | None:
        """The text at a path; nothing, null and "" are unset."""
        return self._text(self.merged.at(path), dotted(path))

    def _text(self, found: Written | None, name: str) -> Told | None:
        if found is None or found.kind is Kind.NOTHING or (found.kind is Kind.TEXT and not found.text):
            return None
        if found.kind is Kind.TEXT:
            return Told(name=name, text=found.text, place=found.place)
        self.findings.append(_not_text(name, found))
        return None

    def mapping(self, path: tuple[str, ...]) -> Mapping[str, Written]:
        found = self.merged.at(path)
        if found is None or found.kind is Kind.NOTHING:
            return {}
        if not isinstance(found.content, Mapping):
            message = f"{dotted(path)} is {found.kind}, and the chart looks for keys in it"
            self.findings.append(error(Code.NOT_TEXT, found.place, message, "write the keys below it"))
            return {}
        return found.content

    def read_block(self, target: Target) -> None:
        path = (*STORAGE, str(target))
        for key, value in self.mapping(path).items():
            if key not in LEAVES:
                place = value.key_place or value.place
                message = f"{dotted(path)} has no key {plainly(key)}: the chart ignores it"
                self.findings.append(warning(Code.UNKNOWN, place, message, did_you_mean(key, LEAVES)))
        bucket, region, endpoint = (self.text((*path, key)) for key in LEAVES)
        block = Block(target=target, bucket=bucket, region=region, endpoint=endpoint)
        if not block.counts:
            if block.parts and not self._is_refused(path):
                names = {part: dotted((*path, key)) for part, key in _NAMES.items()}
                self.half[str(target)] = half_set(block, names, "the chart")
            return
        told = zip(LEAVES.values(), (bucket, region, endpoint), strict=True)
        self.variables |= {variable_of(target, part): it for part, it in told if it}

    def _is_refused(self, path: tuple[str, ...]) -> bool:
        """Tell whether a part of a block is no text, of which a finding speaks already."""
        leaves = (self.merged.at((*path, key)) for key in LEAVES)
        return any(leaf is not None and leaf.kind not in _EMPTY_KINDS for leaf in leaves)

    def read_extra(self) -> None:
        found = self.merged.at(EXTRA)
        if found is not None and not isinstance(found.content, tuple) and _speaks_of_ours(found):
            message = (
                f"{dotted(EXTRA)} is {found.kind}, and the chart puts it where a list of name and value must stand"
            )
            self.findings.append(
                error(Code.NOT_TEXT, found.place, message, "write - name: ... and value: ... below it")
            )
        for item in found.content if found and isinstance(found.content, tuple) else ():
            name = item.words("name") or ""
            if is_ours(name):
                self._add_extra(name, item)

    def _add_extra(self, name: str, item: Written) -> None:
        shown_name = f"{dotted(EXTRA)}: {plainly(name)}"
        if item.child("value") is None and item.child("valueFrom") is not None:
            message = f"{shown_name} comes from a secret or a config map, which nobody can read here"
            self.findings.append(error(Code.NOT_FILLED, item.place, message, "write its value out"))
            return
        value = item.child("value")
        it = self._text(value, shown_name)
        if it is None:
            if value is None or value.kind in _EMPTY_KINDS:
                self._empty(name, shown_name, item.place)
            return
        before = self.variables.get(name.upper())
        if before is not None and before.text != it.text:
            message = f"{shown_name} goes before {before.name} ({before.place})"
            self.findings.append(warning(Code.TWICE, it.place, message, "keep one of them"))
        self.variables[name.upper()] = it

    def _empty(self, name: str, shown_name: str, place: Place) -> None:
        """An empty value, or none, sets the variable all the same: the container gets no other."""
        before = self.variables.pop(name.upper(), None)
        if before is not None:
            message = (
                f"{shown_name} is empty and goes before {before.name} ({before.place}), so the image sees it unset"
            )
            self.findings.append(warning(Code.TWICE, place, message, "keep one of them"))


def chart_stores(files: Iterable[Values]) -> Stores:
    """Return what the image would write that the chart starts, and Jira's version where the image's tag tells it."""
    read = tuple(files)
    strange = tuple(_no_mapping(it.root) for it in read if it.root and it.root.kind not in _ROOTS)
    if strange:
        return Stores(config=None, findings=strange)
    chart = _Chart(_merged(read))
    for key, value in chart.mapping(STORAGE).items():
        if key not in set(Target):
            message = f"{dotted(STORAGE)} has no target {plainly(key)}: the chart ignores it"
            place = value.key_place or value.place
            chart.findings.append(warning(Code.UNKNOWN, place, message, did_you_mean(key, map(str, _ORDER))))
    for target in _ORDER:
        chart.read_block(target)
    chart.read_extra()
    twice = (it for values in read for path, it in values.doubled if _concerns(path))
    written = image_stores(chart.variables)
    lost = () if chart.variables or chart.findings or chart.half else tuple(_lost(read))
    places = {it.place for it in lost}
    near = (it for values in read for it in near_misses(values.root) if it.place not in places)
    version, left = _version_in(chart.merged)
    known = version or tuple(_versions_below_umbrellas(read))
    routed = {link.target for link in written.config.associations} if written.config else set()
    half = {target: finding for target, finding in chart.half.items() if target not in routed}
    return replace(
        written,
        findings=(*twice, *chart.findings, *half.values(), *lost, *near, *written.findings),
        taken=(*(version or ()), *written.taken),
        left=left if known == version else (),
        left_out=tuple(dict.fromkeys((*half, *written.left_out))),
        keys={_FLAG: known[0].said} if known else {},
    )


def _speaks_of_ours(found: Written) -> bool:
    names = found.content if isinstance(found.content, Mapping) else found.text.split()
    return any(is_ours(name) for name in names)


def _no_mapping(root: Written) -> Finding:
    hint = "give the values of the release: helm get values RELEASE -o yaml"
    return error(Code.NOT_THE_FORM, root.place, f"the outermost value is {root.kind}, not a mapping", hint)


def _merged(files: tuple[Values, ...]) -> Written:
    """The few keys that count, of all files: whatever else they hold is not walked, however often it is repeated."""
    merged = Written(kind=Kind.MAPPING, place=Place(file=files[0].file if files else "-"), content={})
    for values in files:
        if values.root is not None:
            merged = lay_over(merged, _pruned(values.root, _SHAPE))
    return merged


_SHAPE: Final[Mapping[str, object]] = {
    "jira": {
        "s3Storage": {str(target): None for target in _ORDER},
        "additionalEnvironmentVariables": None,
        "image": {"tag": None},
    },
    "image": {"tag": None},
}


def _pruned(found: Written, shape: object) -> Written:
    """A copy that is no deeper than the shape; keys that it does not name are kept where its own are told apart."""
    if not isinstance(shape, Mapping) or not isinstance(found.content, Mapping):
        return found
    told_apart = "avatars" in shape
    kept = {
        key: _pruned(value, shape[key]) if key in shape else replace(value, content=None)
        for key, value in found.content.items()
        if key in shape or told_apart
    }
    return replace(found, content=kept)


def _concerns(path: tuple[str, ...]) -> bool:
    """Tell whether a key that is said twice is one that counts, or holds one."""
    ours = (STORAGE, EXTRA, TAG)
    return any(path == it[: len(path)] or path[: len(it)] == it for it in ours)


def _not_text(name: str, found: Written) -> Finding:
    if isinstance(found.content, Mapping) and set(found.content) == {_NO_NAME}:
        message = f"{name} is a template: {{{{ }}}} without quotes waits to be filled in"
        return error(Code.NOT_FILLED, found.place, message, "give the source with its values filled in")
    if found.kind is Kind.REFUSED:
        return error(Code.NOT_TEXT, found.place, f"{name} has a tag, or refers to itself", "write plain text")
    said = f" {shown(found.text)}" if found.text else ""
    message = f"{name}:{said} is {found.kind} to YAML, and Helm may write it in another way than it stands here"
    return error(Code.NOT_TEXT, found.place, message, "put it in quotes")


def _lost(files: tuple[Values, ...]) -> Iterator[Finding]:
    for values in files:
        for path, found in places_of_storage(values.root):
            yield elsewhere(path, found, values.file, files=len(files))


def _versions_below_umbrellas(files: tuple[Values, ...]) -> Iterator[Taken]:
    """What is known of a source that is refused, so that nobody is asked for it as well."""
    for values in files:
        for path, _ in places_of_storage(values.root):
            above = umbrella_of(path)
            if values.root is not None and above:
                yield from _version(values.root.at((*above, *TAG)))[0]


def _version_in(merged: Written) -> tuple[tuple[Taken, ...], tuple[Left, ...]]:
    version, left = _version(merged.at(TAG))
    deep = merged.at(_TAG_TOO_DEEP)
    if version or left or deep is None or not deep.text:
        return version, left
    why = f"the chart looks for {dotted(TAG)}, at the root; say --jira-version where this is the version"
    return (), (Left(name=dotted(_TAG_TOO_DEEP), why=why, place=deep.place),)


def _version(tag: Written | None) -> tuple[tuple[Taken, ...], tuple[Left, ...]]:
    if tag is None or tag.kind is Kind.NOTHING or (tag.kind is Kind.TEXT and not tag.text):
        return (), ()
    name = dotted(TAG)
    found = _VERSION.fullmatch(tag.text) if tag.kind is Kind.TEXT else None
    if found is not None:
        return (Taken(key="jira.version", said=found["version"], name=name, place=tag.place),), ()
    why = f"{shown(tag.text)} is not all of a version of Jira; say --jira-version"
    if tag.kind is not Kind.TEXT:
        why = f"{shown(tag.text)} is {tag.kind} to YAML (put it in quotes); say --jira-version"
    return (), (Left(name=name, why=why, place=tag.place),)
