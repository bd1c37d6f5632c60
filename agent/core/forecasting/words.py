"""A forecast in the words of people: for the plan, and for while a node is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.text.durations import duration_words
from agent.core.text.names import counted

if TYPE_CHECKING:
    from agent.core.forecasting.forecast import Forecast, Span
    from agent.core.forecasting.past import Spread


def sentences(forecast: Forecast) -> tuple[str, ...]:
    """Return what to say of a plan: one restart, the whole of it, and of what nothing is known."""
    if not forecast.nodes:
        return ()
    if forecast.whole is None:
        return ("how long it takes here is not known yet: no past rollout of this cluster tells",)
    restart = (_restart(forecast.restart),) if forecast.restart else ()
    missing = f", without {' and '.join(forecast.missing)}, of which no past one tells" if forecast.missing else ""
    return (*restart, f"the whole rollout {_range(forecast.whole)}{missing}")


def waiting_words(spread: Spread | None) -> str:
    """Return how long it usually takes, beside how long it has taken so far; empty where nothing is known."""
    if spread is None:
        return ""
    usual, bad = duration_words(spread.p50), duration_words(spread.p90)
    return f"usually {usual}" if usual == bad else f"usually {usual}, {bad} in 9 of 10"


def _restart(spread: Spread) -> str:
    usual, bad = duration_words(spread.p50), duration_words(spread.p90)
    worst = "" if usual == bad else f", {bad} at worst in 9 of 10"
    return f"a restart takes about {usual} here{worst} (from {counted(spread.samples, 'past one')})"


def _range(span: Span) -> str:
    usual, bad = duration_words(span.p50), duration_words(span.p90)
    return f"about {usual}" if usual == bad else f"about {usual}, up to {bad}"
