"""Signals: the first asks, the second lets go, and afterwards everything is as before."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress

import pytest

from agent.edges.signals import listening

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", ASKING)
def test_the_first_signal_asks_wakes_and_says_so(number: signal.Signals) -> None:
    notices: list[str] = []
    wake = threading.Event()

    with listening(notices.append, wake) as interruptions:
        assert not interruptions.asked()
        os.kill(os.getpid(), number)
        assert interruptions.asked()

    assert wake.is_set()
    assert len(notices) == 1
    assert notices[0].startswith(f"{number.name}: stopping at the next safe point")


@pytest.mark.parametrize("second", ASKING)
def test_the_second_signal_lets_go_whichever_it_is(second: signal.Signals) -> None:
    with listening(lambda _: None, threading.Event()):
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), second)


def test_afterwards_the_handlers_are_those_from_before() -> None:
    before = [signal.getsignal(number) for number in ASKING]

    with suppress(ZeroDivisionError), listening(lambda _: None, threading.Event()):
        assert [signal.getsignal(number) for number in ASKING] != before
        raise ZeroDivisionError

    assert [signal.getsignal(number) for number in ASKING] == before


def test_what_was_ignored_stays_ignored_meanwhile() -> None:
    """Under nohup a closed terminal must not halt the rollout."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with listening(lambda _: None, threading.Event()) as interruptions:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interruptions.asked()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
