"""A stand-in's life as a value: a folder, settings, and a clock that the test turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.lab.jira.life import Life
from agent.lab.jira.log import file_in
from agent.lab.jira.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token-of-this-test"  # noqa: S105 - opens nothing


class Clock:
    """A clock that stands still until it is turned."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def life_at(folder: Path, clock: Clock, node_id: str = "jira-1", **habits: Any) -> Life:
    """Begin a life in a home below the folder; all of one folder share a home, a token, and so a cluster."""
    home = folder / node_id
    home.mkdir(exist_ok=True)
    token = folder / "token"
    token.write_text(f"{TOKEN}\n", encoding="ascii")
    set_up: dict[str, Any] = {
        "status_port": 1,
        "token_file": str(token),
        "context_path": "/jira",
        "s3": str(folder / "s3"),
    }
    quick = {"start_seconds": 0, "index_seconds": 1, "heartbeat_lag_seconds": 0}
    life = Life(
        home=home,
        settings=Settings(**set_up | quick | habits),
        node_id=node_id,
        sharedhome=folder / "shared",
        begun=clock.now,
        clock=clock,
    )
    life.begin()
    return life


def turn(clock: Clock, seconds: float, *lives: Life) -> None:
    """Let time pass, as the nodes see it: they look at its clock once more when it has."""
    clock.now += seconds
    for life in lives:
        life.go_on()


def running(folder: Path, clock: Clock, node_id: str = "jira-1", **habits: Any) -> Life:
    """Return a life whose start is through."""
    life = life_at(folder, clock, node_id, **habits)
    turn(clock, 0, life)
    turn(clock, 1, life)
    return life


def log_of(life: Life) -> str:
    return file_in(life.home).read_text(encoding="utf-8")
