"""The clock: it goes forward, waits, and a wake-up ends one wait."""

from __future__ import annotations

import re
import threading

from agent.edges.clock import SystemClock

LONG = 30.0


def test_time_goes_forward() -> None:
    clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()


def test_the_date_is_utc_to_the_second() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", SystemClock().now_iso())


def test_a_wait_takes_at_least_its_time() -> None:
    clock = SystemClock()
    before = clock.monotonic()

    clock.wait(0.02)

    assert clock.monotonic() - before >= 0.02


def test_a_wait_of_less_than_nothing_is_over_at_once() -> None:
    clock = SystemClock()
    before = clock.monotonic()

    clock.wait(-LONG)

    assert clock.monotonic() - before < LONG / 2


def test_a_wake_up_ends_the_wait_under_way() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    alarm = threading.Timer(0.01, clock.woken.set)
    alarm.start()

    clock.wait(LONG)
    alarm.join()

    assert clock.monotonic() - before < LONG / 2


def test_a_wake_up_before_the_wait_serves_it_and_it_alone() -> None:
    clock = SystemClock()
    clock.woken.set()
    before = clock.monotonic()

    clock.wait(LONG)
    assert clock.monotonic() - before < LONG / 2

    before = clock.monotonic()
    clock.wait(0.02)
    assert clock.monotonic() - before >= 0.02


def test_two_clocks_are_woken_each_on_its_own() -> None:
    one, other = SystemClock(), SystemClock()

    one.woken.set()

    assert not other.woken.is_set()
