"""One receiver is told at most three times, and only where another try may help; no secret is ever said."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from agent.core.inventory.model import Receiver
from agent.operations.watching import delivering
from agent.operations.watching.delivering import Delivery, deliver
from tests.support.receiver import SECRET, drips, receiving, says

if TYPE_CHECKING:
    from pathlib import Path

NEWS = b'{"event": "drift.changed"}'


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "PAUSES", (0.01, 0.01))


def delivered(receiver: Receiver, environment: dict[str, str] | None = None, *, seconds: float = 60) -> Delivery:
    found = deliver(
        receiver,
        NEWS,
        "prod",
        environment=environment or {},
        stop=threading.Event(),
        give_up_at=time.monotonic() + seconds,
    )
    assert SECRET not in str(found)
    return found


def reason(delivery: Delivery) -> str:
    assert delivery.refusal
    return delivery.refusal.reason


def command(*words: str, timeout: str = "20s") -> Receiver:
    return Receiver.model_validate({"run": words, "timeout": timeout})


def webhook(reference: str, timeout: str = "20s") -> Receiver:
    return Receiver.model_validate({"webhook": reference, "timeout": timeout})


def test_a_webhook_that_fails_once_is_told_at_the_second_try() -> None:
    with receiving(says(500, 200)) as receiver:
        assert delivered(webhook("env:HOOK"), {"HOOK": receiver.address}) == Delivery(attempts=2, refusal=None)
    assert len(receiver.bodies) == 2


def test_a_webhook_that_goes_on_failing_is_left_after_three() -> None:
    with receiving(says(503)) as receiver:
        delivery = delivered(webhook("env:HOOK"), {"HOOK": receiver.address})
    assert (delivery.attempts, reason(delivery), len(receiver.bodies)) == (3, "it answered 503", 3)


def test_a_webhook_that_blames_us_is_not_asked_again() -> None:
    with receiving(says(400)) as receiver:
        assert delivered(webhook("env:HOOK"), {"HOOK": receiver.address}).attempts == 1


def test_a_webhook_that_drips_has_its_own_timeout_each_time() -> None:
    with receiving(drips) as receiver:
        delivery = delivered(webhook("env:HOOK", timeout="1s"), {"HOOK": receiver.address}, seconds=1.5)
    assert (delivery.attempts, reason(delivery)) == (2, "it did not answer in time")


def test_a_reference_that_stands_for_nothing_is_told_and_not_tried_again() -> None:
    delivery = delivered(webhook("env:HOOK"))
    assert (delivery.attempts, reason(delivery)) == (
        1,
        "env:HOOK: the variable is not set; export it for this task",
    )


def test_the_address_may_come_from_a_file(tmp_path: Path) -> None:
    with receiving(says(200)) as receiver:
        (tmp_path / "hook").write_text(f"{receiver.address}\n")
        (tmp_path / "hook").chmod(0o600)
        assert delivered(webhook(f"file:{tmp_path}/hook")).refusal is None


def test_a_command_gets_the_news_and_the_cluster_and_no_shell_reads_its_words(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f'cat >{out}; printf " <%s>" "$@" "$FILESTORE_AGENT_CLUSTER $FILESTORE_AGENT_EVENT" >>{out}'
    run = command("/bin/sh", "-c", script, "sh", "{cluster}", "{node} $(id)")
    assert delivered(run, {"PATH": "/usr/bin:/bin"}).refusal is None
    assert out.read_text() == f"{NEWS.decode()} <prod> <{{node}} $(id)> <prod drift.changed>"


def test_a_command_that_fails_is_tried_again_and_its_last_words_are_told() -> None:
    delivery = delivered(command("/bin/sh", "-c", "echo one; echo the line is dead >&2; exit 3"))
    assert (delivery.attempts, reason(delivery)) == (3, "exit code 3: the line is dead")


def test_a_command_that_is_not_there_is_not_tried_again() -> None:
    delivery = delivered(command("/no/such/pager"))
    assert delivery.attempts == 1
    assert "not found" in reason(delivery)


def test_a_command_that_hangs_is_ended_in_time() -> None:
    delivery = delivered(command("/bin/sh", "-c", "sleep 60 & wait", timeout="1s"), seconds=1.2)
    assert "and was ended" in reason(delivery)


def test_where_no_time_is_left_nobody_is_told_and_that_is_said() -> None:
    delivery = delivered(command("/bin/true"), seconds=0)
    assert (delivery.attempts, reason(delivery)) == (0, "no time was left for it")
