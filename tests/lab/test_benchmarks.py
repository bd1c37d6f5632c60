"""The benchmarks' arithmetic: what is compared with what; nobody's speed is a test."""

from __future__ import annotations

from benchmarks.contenders import Contender
from benchmarks.measure import Cost, best_of
from benchmarks.table import HEAD, rows


def contender(name: str, *, floor: bool = False) -> Contender:
    return Contender(name=name, floor=floor, command=["true"], right={0: "done"})


def cost(wall: float) -> Cost:
    return Cost(wall=wall, cpu=0.5, peak=60, connections=10, sessions=20)


def test_each_line_compares_with_the_quicker_floor_and_with_fabric() -> None:
    costs = [
        (contender("filestore-agent"), cost(3.0)),
        (contender("floor: one", floor=True), cost(2.0)),
        (contender("floor: two", floor=True), cost(1.5)),
        (contender("plain Fabric"), cost(6.0)),
    ]
    lines = rows(10, "drift", costs)
    assert lines[0].split() == ["10", "drift", "filestore-agent", "3.00", "2.00", "0.50", "0.50", "60", "10", "20"]
    assert [line.split()[-6] for line in lines] == ["2.00", "1.33", "1.00", "4.00"]
    assert {len(line) for line in lines} == {len(HEAD)}


def test_the_quickest_run_counts() -> None:
    assert best_of([cost(3.0), cost(1.0), cost(2.0)]).wall == 1.0
