"""The report of an adoption: what was found, what keeps it from being written, or what was written and proven."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.adopting.remarks import remarks_on
from agent.core.finding import errors_among
from agent.core.report import Line, Report, Tone
from agent.core.text.names import counted, fold
from agent.errors import Outcome, weightiest
from agent.operations.adopting.words import (
    bare_rows,
    obstacle_facts,
    obstacle_lines,
    outlook_lines,
    state_facts,
    state_lines,
)
from agent.operations.commands import command
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import rejudged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.adopting.choosing import Chosen, Obstacle
    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.operations.adopting.ground import Ground, Wish
    from agent.operations.inputs.reading_back import ReadBack
    from agent.operations.world import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was wished, what it starts from, what the nodes had; by_log names versions and whose logs say them."""

    wish: Wish
    ground: Ground
    judgements: tuple[Judgement, ...]
    by_log: Mapping[str, list[str]]


def refusal(found: Found, obstacles: tuple[Obstacle, ...], findings: tuple[Finding, ...] = ()) -> Report:
    """Return every reason why nothing was written; the weightiest is the outcome."""
    reasons = counted(len(obstacles), "reason")
    return Report(
        task="adopt",
        cluster=found.ground.name,
        outcome=weightiest(it.outcome for it in obstacles),
        sentence=f"{found.ground.name}: nothing was written, for {reasons}: {obstacles[0].message}.",
        findings=findings,
        nodes=bare_rows(found.judgements),
        facts={**_facts(found, None, None, ()), "obstacles": obstacle_facts(obstacles)},
        lines=(*state_lines(found.ground.name, found.judgements), *obstacle_lines(obstacles)),
    )


def success(found: Found, chosen: Chosen, proof: ReadBack, content: bytes, choice: Choice) -> Report:
    """The verdicts are those of the next drift: by the inventory's own words for owner, group and mode."""
    placed = tuple(replace(it, node=proof.nodes[it.node.name]) for it in found.judgements)
    final = rejudged(placed, proof.documents)
    remarks = remarks_on(final)
    text = content.decode("utf-8")
    shown = () if found.wish.out else tuple(Line(text=line, exact=True) for line in text.rstrip("\n").split("\n"))
    return Report(
        task="adopt",
        cluster=found.ground.name,
        outcome=Outcome.OK,
        sentence=_sentence(found, chosen, proof),
        findings=proof.findings,
        nodes=verdicts.rows(final),
        facts=_facts(found, chosen, text, remarks),
        lines=(
            *state_lines(found.ground.name, found.judgements),
            *outlook_lines(final, (it.node.name for it in chosen.meant)),
            *(Line(text=f"  {remark}", tone=Tone.CARE) for remark in remarks),
            *([Line(text="The inventory:", tone=Tone.TITLE)] if shown else []),
            *shown,
        ),
        next_command=_next(found, choice),
    )


def _facts(found: Found, chosen: Chosen | None, text: str | None, remarks: tuple[str, ...]) -> dict[str, object]:
    return {
        "states": state_facts(found.judgements),
        "obstacles": [],
        "odd": [it.node.name for it in chosen.odd] if chosen else [],
        "left_out": list(found.ground.left_out),
        "remarks": list(remarks),
        "path": str(found.wish.out) if text is not None and found.wish.out else None,
        "inventory": text,
    }


def _sentence(found: Found, chosen: Chosen, proof: ReadBack) -> str:
    errors = errors_among(proof.findings)
    who = fold(it.node.name for it in chosen.meant)
    what = f"it says what is on {who}" if who else "it says that nothing is in S3"
    parts = (
        f"{found.wish.out}: written; {what}"
        if found.wish.out
        else f"{found.ground.name}: {what}; --out FILE writes it, and its name is the cluster's",
        f"{fold(it.node.name for it in chosen.odd)} differs" if chosen.odd else "",
        f"{fold(found.ground.left_out)} was not looked at" if found.ground.left_out else "",
        f"validate will refuse it for {counted(len(errors), 'error')} that the nodes' file has today" if errors else "",
    )
    return "; ".join(part for part in parts if part) + "."


def _next(found: Found, choice: Choice) -> str | None:
    out = found.wish.out
    if out is None:
        return None
    folder = str(out.parent)
    there = replace(choice, inventory_flag=folder, clusters=(found.ground.name,), limit=None, exclude=None)
    return command("validate", there)
