"""Are inventory, template and documents right? All findings at once, offline; also for any file by --file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place, Severity, errors_among
from agent.core.importing.codes import Code as ImportCode
from agent.core.importing.recognising import Form, form_of
from agent.core.inventory.cluster_name import EVERY_CLUSTER
from agent.core.report import Report
from agent.core.xml.parse import examine
from agent.edges.documents import CAP_BYTES, read_document
from agent.edges.sources import read_source, shown_as
from agent.errors import InputError, Outcome
from agent.operations.commands import command
from agent.operations.inputs.clusters import example_nodes, read_inputs
from agent.operations.inputs.idle_waivers import waivers_of_nothing

if TYPE_CHECKING:
    from agent.operations.inputs.clusters import Inputs
    from agent.operations.world import Choice

_NO_VERSION: Final = "; without --jira-version nothing is said of what that Jira knows"
_STDIN: Final = "-"


def validate(choice: Choice, *, template: Path | None, strict: bool) -> Report:
    """Check the inventory, every cluster of it unless some are named, and what it renders to.

    Raises:
        InputError: there is no such folder, cluster or template.

    """
    wide = choice if choice.clusters else replace(choice, clusters=(EVERY_CLUSTER,))
    inputs = read_inputs(wide, template=template)
    names = [cluster.name for cluster in inputs.clusters]
    checked = f"{choice.inventory}: {_checked(inputs, choice)}"
    examples = _noted(example_nodes(inputs))
    findings = (*inputs.findings, *waivers_of_nothing(inputs), *examples)
    outcome = _outcome(findings, strict=strict)
    return Report(
        task="validate",
        cluster=names[0] if len(names) == 1 else None,
        outcome=outcome,
        sentence=f"{checked}: {_count(findings)}{_why(findings, strict=strict)}.{_waiting(inputs)}",
        findings=findings,
        facts={"clusters": names, "template": inputs.template, "strict": strict},
        next_command=command("doctor", choice) if outcome is Outcome.OK and len(names) == 1 and not examples else None,
    )


def _why(findings: tuple[Finding, ...], *, strict: bool) -> str:
    """What refuses the files where no error does."""
    warnings = sum(finding.severity is Severity.WARNING for finding in findings)
    if not strict or not warnings or errors_among(findings):
        return ""
    return f"; refused: --strict counts {_plural(warnings, 'warning')} as {'errors' if warnings > 1 else 'an error'}"


def _waiting(inputs: Inputs) -> str:
    """A cluster with errors is checked as far as it can be read; its documents are rendered when it is sound."""
    unfinished = {*inputs.names} - {cluster.name for cluster in inputs.clusters}
    if not unfinished or not errors_among(inputs.findings):
        return ""
    return " More checks run once these are mended."


def _checked(inputs: Inputs, choice: Choice) -> str:
    """Broken clusters are checked too; the names are of those that could be rendered."""
    names = ", ".join(cluster.name for cluster in inputs.clusters)
    total = len(set(choice.clusters) - {EVERY_CLUSTER}) or len(inputs.estate.names)
    checked, valid = f"{_plural(total, 'cluster')} checked", len(inputs.clusters)
    if total == valid:
        return f"{checked} ({names})" if names else checked
    return f"{checked}, {valid} valid ({names})" if names else f"{checked}, none valid"


def _noted(examples: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Offline an example's node is no fault; one note for each cluster says that nothing can be connected to."""
    first = {finding.cluster: finding for finding in reversed(examples)}
    return tuple(replace(finding, severity=Severity.NOTE) for finding in first.values())


def validate_files(files: tuple[str, ...], *, strict: bool, jira_version: str | None = None) -> Report:
    """Check filestore-config.xml files from anywhere, each on its own; the version tells which targets Jira knows."""
    findings = tuple(finding for file in files for finding in _findings_in(file, jira_version))
    return Report(
        task="validate",
        outcome=_outcome(findings, strict=strict),
        sentence=f"{_plural(len(files), 'file')} checked: {_count(findings)}{_why(findings, strict=strict)}"
        f"{'' if jira_version else _NO_VERSION}.",
        findings=findings,
        facts={"files": list(files), "strict": strict},
    )


def _findings_in(file: str, jira_version: str | None) -> tuple[Finding, ...]:
    if file == _STDIN:
        return _findings_in_what_is_piped_in(jira_version)
    path = Path(file)
    try:
        content = read_document(path)
    except InputError as error:
        message = str(error).removeprefix(f"{path}: ")
        return (Finding(rule="FS001", severity=Severity.ERROR, message=message, place=Place(file=file)),)
    findings = examine(content, file=file, jira_version=jira_version).findings
    form = form_of(content.decode("utf-8", "replace")) if errors_among(findings) else None
    return findings if form in {None, Form.XML} else (_no_xml(form, file),)


def _no_xml(form: Form, file: str) -> Finding:
    ways = {Form.OURS: "an inventory is checked by its folder: validate --inventory FOLDER"}
    hint = ways.get(form, "name a filestore-config.xml; import-config makes an inventory of other tools' files")
    message = f"{form.value}, no XML"
    code = ImportCode.NOT_THE_FORM.value
    return Finding(rule=code, severity=Severity.ERROR, message=message, place=Place(file=file), hint=hint)


def _findings_in_what_is_piped_in(jira_version: str | None) -> tuple[Finding, ...]:
    """No file has this name, so no hint names one."""
    piped = read_source(_STDIN, limit=CAP_BYTES)
    if isinstance(piped, Finding):
        return (replace(piped, rule="FS001"),)
    found = examine(piped, file="", jira_version=jira_version).findings
    return tuple(replace(it, place=replace(it.place, file=shown_as(_STDIN))) for it in found)


def _outcome(findings: tuple[Finding, ...], *, strict: bool) -> Outcome:
    warned = strict and any(finding.severity is Severity.WARNING for finding in findings)
    return Outcome.INVALID if warned or errors_among(findings) else Outcome.OK


def _count(findings: tuple[Finding, ...]) -> str:
    counted = Counter(finding.severity for finding in findings)
    said = [_plural(counted[severity], str(severity)) for severity in Severity if counted[severity]]
    return ", ".join(said) or "no findings"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
