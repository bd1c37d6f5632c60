from __future__ import annotations

from agent.core.text.names import counted


def test_one_of_a_thing_is_spoken_of_as_one() -> None:
    assert [counted(number, "node") for number in (0, 1, 2)] == ["0 nodes", "1 node", "2 nodes"]
