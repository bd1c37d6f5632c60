"""What does a filestore-config.xml say, and what is wrong with it? Takes any bytes and never raises."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place, Severity, errors_among
from agent.core.rules import ALL_RULES, check_alone, check_config, structure, xml
from agent.core.xml.grammar import ROOT, faults_of_grammar
from agent.core.xml.hidden_secrets import faults_of_secrets
from agent.core.xml.meaning import faults_of_meaning, read_meaning
from agent.core.xml.text import fault_of, faults_of_text, read_text
from agent.core.xml.tree import read_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.core.filestore import FilestoreConfig
    from agent.core.rules.registry import Path
    from agent.core.xml.tree import Tree

_STARTUP_CODES: Final = frozenset(rule.code for rule in ALL_RULES if rule.stops_jira)
_LEAVES_NO_DOUBT: Final = frozenset({structure.undefined_filestore.rule.code})
"""Errors after which it is still plain what the file says."""

_MOST_FINDINGS: Final = 100
_ENOUGH: Final = _MOST_FINDINGS + 1
"""A hostile file may hold thousands of faults; no more are looked for than it takes to know that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What was read of a file.

    config is None where the meaning is in doubt: not well-formed, incomplete, said twice, or with parts that nobody
    knows; such a file is never equal to another in meaning. readable then holds what could be read all the same, for
    further findings only. places leads from a part of the meaning to its line.
    """

    config: FilestoreConfig | None
    findings: tuple[Finding, ...]
    readable: FilestoreConfig | None = None
    places: Mapping[Path, Place] = field(default_factory=dict)
    file: str = ""

    def place_of(self, path: Path) -> Place:
        """Return the place of a part of the meaning, or of the nearest part around it that has one."""
        around = (path[:length] for length in range(len(path), -1, -1))
        return next((self.places[one] for one in around if one in self.places), Place(file=self.file))


def parse(content: bytes, *, file: str) -> Parsed:
    """Read any bytes as a filestore-config.xml; file is the name that the findings carry. All findings, no exceptions.

    Nothing is fetched or expanded, whatever the bytes ask for, and no message holds a raw byte of theirs.
    """
    source = read_text(content, file=file)
    if isinstance(source, Finding):
        return Parsed(config=None, findings=(source,), file=file)
    findings = tuple(faults_of_text(source))
    if any(finding.rule == xml.DOCTYPE.code for finding in findings):
        return Parsed(config=None, findings=findings, file=file)
    tree = read_tree(source)
    if isinstance(tree, Finding):
        return Parsed(config=None, findings=findings or (tree,), file=file)
    return _parsed(tree, findings, file)


def examine(
    content: bytes, *, file: str, jira_version: str | None = None, waivers: Mapping[str, str] | None = None
) -> Parsed:
    """Parse a file and hold what it says against every rule; the findings come in the order of the file."""
    parsed = parse(content, file=file)
    secrets = tuple(islice(faults_of_secrets(content, parsed.readable, file=file), _ENOUGH))
    if parsed.readable is None:
        return replace(parsed, findings=_limited(sorted((*parsed.findings, *secrets), key=_in_file_order)))
    checked = check_config(parsed.readable, jira_version=jira_version, place_of=parsed.place_of, waivers=waivers or {})
    told = {check.rule.code for check in structure.CHECKS}
    alone = check_alone(parsed.readable, parsed.place_of)
    further = (finding for finding in (*checked, *alone) if finding.rule not in told)
    return replace(parsed, findings=_limited(sorted({*parsed.findings, *further, *secrets}, key=_in_file_order)))


def is_startup_fault(finding: Finding) -> bool:
    """Tell whether Jira does not start on a file with this finding (Atlassian documents three such faults)."""
    return finding.rule in _STARTUP_CODES and finding.severity is Severity.ERROR


def _parsed(tree: Tree, findings: tuple[Finding, ...], file: str) -> Parsed:
    found = [*findings, *tree.findings[:_ENOUGH], *islice(faults_of_grammar(tree.root), _ENOUGH)]
    if tree.root.name != ROOT:
        return Parsed(config=None, findings=_limited(found), file=file)
    meaning = read_meaning(tree.root)
    found += islice(faults_of_meaning(tree.root), _ENOUGH)
    doubts = [finding for finding in errors_among(tuple(found)) if finding.rule not in _LEAVES_NO_DOUBT]
    return Parsed(
        config=None if doubts else meaning.config,
        findings=_limited(sorted(found, key=_in_file_order)),
        readable=meaning.config,
        places=meaning.places,
        file=file,
    )


def _in_file_order(finding: Finding) -> tuple[int, int, str, str]:
    return finding.place.line or 0, finding.place.column or 0, finding.rule, finding.message


def _limited(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first hundred, the first start-up fault among them, and how many more there are."""
    if len(findings) <= _MOST_FINDINGS:
        return tuple(findings)
    kept, rest = findings[:_MOST_FINDINGS], findings[_MOST_FINDINGS:]
    startup = [finding for finding in rest if is_startup_fault(finding)][:1]
    more = fault_of(structure.MORE, Place(file=kept[0].place.file), "there are further findings, which are not listed")
    return (*kept, *startup, more)
