"""What a benchmark prints: one line a contender, with the ratio to the quickest floor of the same discipline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contenders import Contender
    from benchmarks.measure import Cost

HEAD = (
    f"{'nodes':>5}  {'discipline':<11} {'who':<21} {'wall s':>7} {'x floor':>7} {'x Fabric':>8}"
    f" {'CPU s':>7} {'MiB':>6} {'connections':>11} {'sessions':>8}"
)


def rows(count: int, work: str, costs: Sequence[tuple[Contender, Cost]]) -> list[str]:
    """Return the lines of one discipline on one number of nodes."""
    floor = min(cost.wall for who, cost in costs if who.floor)
    fabric = next(cost.wall for who, cost in costs if who.name == "plain Fabric")
    return [
        f"{count:>5}  {work:<11} {who.name:<21} {cost.wall:>7.2f} {cost.wall / floor:>7.2f} {cost.wall / fabric:>8.2f}"
        f" {cost.cpu:>7.2f} {cost.peak:>6.0f} {cost.connections:>11} {cost.sessions:>8}"
        for who, cost in costs
    ]
