"""An import told: what was taken from where, what was not and why, what keeps it from being written, and what next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.finding import errors_among
from agent.core.report import Line, NodeRow, Report, Tone
from agent.core.text.names import counted
from agent.core.text.shown import plainly
from agent.edges.sources import shown_as
from agent.errors import Outcome
from agent.operations.commands import command
from agent.operations.importing.remarks import SHOWN, placed, remarks_on, summed_up, warnings_among, warnings_in_head
from agent.operations.importing.wish import EMPTY, FROM_ENVIRONMENT
from agent.operations.world import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.core.finding import Finding, Place
    from agent.core.importing.told import Stores
    from agent.operations.importing.reading import Nodes
    from agent.operations.importing.wish import Wish
    from agent.operations.inputs.reading_back import ReadBack

TASK: Final = "import-config"
MOST_TOLD: Final = 40
"""Lines of one list on the terminal; the JSON holds all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason to write nothing: a stable word, what is missing or wrong, and which flag or hand decides."""

    code: str
    message: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was wished, the cluster's name, and what the two sources say."""

    wish: Wish
    name: str
    stores: Stores
    nodes: Nodes

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the sources, each once."""
        return tuple(dict.fromkeys((*self.stores.findings, *self.nodes.findings)))


def head(found: Found, now: str) -> tuple[str, ...]:
    """Return the comments that the inventory begins with: when, from what, and what was left out."""
    return (
        f"Imported at {now}:",
        *(f"  {what} from {source}" for what, source in _sources(found)),
        *warnings_in_head(found.findings),
        "Next: filestore-agent validate, then filestore-agent plan.",
    )


def refusal(
    found: Found, obstacles: tuple[Obstacle, ...], findings: tuple[Finding, ...] = (), *, shown: bytes = b""
) -> Report:
    """Return every reason why nothing was written; an inventory that was only to be shown is shown all the same."""
    errors = errors_among(found.findings)
    first = f"the sources have {counted(len(errors), 'error')}" if errors else obstacles[0].message
    only_shown = bool(shown) and found.wish.out is None
    there = placed(findings, found.name, found.wish.out, where=SHOWN if only_shown else None)
    nothing = f"{found.name}: {first}." if only_shown else f"{found.name}: nothing was written: {first}."
    return Report(
        task=TASK,
        cluster=found.name,
        outcome=Outcome.INVALID,
        sentence=nothing,
        findings=(*found.findings, *there),
        facts={**_facts(found, shown if only_shown else b""), "obstacles": [_obstacle(it) for it in obstacles]},
        lines=_inventory_lines(shown) if only_shown else (*told_lines(found), *_obstacle_lines(obstacles)),
        is_product=only_shown,
    )


def success(found: Found, back: ReadBack, content: bytes) -> Report:
    """Return the inventory and what it says."""
    out = found.wish.out
    findings = (*found.findings, *placed(back.findings, found.name, out, where=str(out or SHOWN)))
    return Report(
        task=TASK,
        cluster=found.name,
        outcome=Outcome.OK,
        sentence=_sentence(found, back, summed_up(found.stores, findings)),
        findings=findings,
        nodes=tuple(
            NodeRow(name=name, cluster=found.name, desired_digest=document.digest)
            for name, document in back.documents.items()
        ),
        facts={**_facts(found, content), "obstacles": []},
        lines=told_lines(found) if out else _inventory_lines(content),
        next_command=_next(found),
        speaks_up=bool(warnings_among(found.findings)),
        is_product=out is None,
    )


def told_lines(found: Found) -> tuple[Line, ...]:
    """Return what was taken from where, and what was not and why."""
    taken = [
        f"  {it.key}: {plainly(it.said)}  ({plainly(it.name)}, {it.place})"
        for it in (*found.nodes.taken, *found.stores.taken)
    ]
    left = [f"  {plainly(it.name)} ({it.place}): {it.why}" for it in (*found.nodes.left, *found.stores.left)]
    remarks = (Line(text=remark, tone=Tone.CARE) for remark in remarks_on(found.wish, found.stores))
    return (*_list("Taken:", taken, Tone.PLAIN), *_list("Not taken:", left, Tone.CARE), *remarks)


def _list(title: str, lines: Sequence[str], tone: Tone) -> Iterator[Line]:
    if lines:
        yield Line(text=title, tone=Tone.TITLE)
    yield from (Line(text=line, tone=tone) for line in lines[:MOST_TOLD])
    if len(lines) > MOST_TOLD:
        yield Line(text=f"  ... and {len(lines) - MOST_TOLD} more (--json lists them all)", tone=Tone.QUIET)


def _obstacle_lines(obstacles: tuple[Obstacle, ...]) -> Iterator[Line]:
    for it in obstacles:
        yield Line(text=it.message, tone=Tone.BAD)
        yield Line(text=f"    {it.way}", tone=Tone.QUIET)


def _inventory_lines(content: bytes) -> tuple[Line, ...]:
    return tuple(Line(text=line, exact=True) for line in content.decode("utf-8").rstrip("\n").split("\n"))


def _sources(found: Found) -> Iterator[tuple[str, str]]:
    wish = found.wish
    group = f", group {plainly(found.nodes.group)}" if found.nodes.group else ""
    if wish.ansible is not None:
        yield "nodes", f"the Ansible inventory {shown_as(wish.ansible)}{group}"
    elif wish.ansible_json is not None:
        yield "nodes", f"what ansible-inventory printed, {shown_as(wish.ansible_json)}{group}"
    elif wish.nodes is not None:
        yield "nodes", "--nodes"
    if wish.helm:
        yield "filestores", f"the Helm values {', '.join(map(shown_as, wish.helm))}"
    elif wish.env:
        yield "filestores", f"the variables of the container image in {shown_as(wish.env)}"
    elif wish.xml:
        yield "filestores", f"the file {shown_as(wish.xml)}"
    elif FROM_ENVIRONMENT in wish.said:
        yield "filestores", "the variables of the container image in the environment"
    elif EMPTY in wish.said:
        yield "filestores", "--empty: everything in the shared home"


def _facts(found: Found, content: bytes) -> dict[str, object]:
    out = found.wish.out
    return {
        "sources": [{"gives": what, "source": source} for what, source in _sources(found)],
        "group": found.nodes.group,
        "taken": [
            {"key": it.key, "value": it.said, "name": plainly(it.name), **_place(it.place)}
            for it in (*found.nodes.taken, *found.stores.taken)
        ],
        "left": [
            {"name": plainly(it.name), "why": it.why, **_place(it.place)}
            for it in (*found.nodes.left, *found.stores.left)
        ],
        "remarks": list(remarks_on(found.wish, found.stores)),
        "path": str(out) if out and content else None,
        "inventory": content.decode("utf-8") if content else None,
    }


def _place(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column}


def _obstacle(it: Obstacle) -> dict[str, str]:
    return {"code": it.code, "message": it.message, "way": it.way}


def _sentence(found: Found, back: ReadBack, warnings: str) -> str:
    config = found.stores.config
    targets = [link.target for link in config.associations] if config else []
    what = f"{' and '.join(targets)} in S3" if targets else "everything in the shared home"
    said = f"{counted(len(back.nodes), 'node')}, {what}"
    out = found.wish.out
    if out:
        return f"{out}: written; {said}{warnings}."
    return f"{found.name}: {said}{warnings}; --out FILE writes it, and its name is the cluster's."


def _next(found: Found) -> str | None:
    out = found.wish.out
    if out is None:
        return None
    there = Choice(inventory=out.parent, inventory_flag=str(out.parent), clusters=(found.name,))
    return command("validate", there)
