"""How is one receiver told? By its command or its webhook, at most three times, and only where another try may help."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.planning.plan import Hook
from agent.core.remembering.news_json import EVENT
from agent.core.remembering.receivers import Refusal, words_for
from agent.core.rollout.hooks import HookCall
from agent.core.text.printable import printable
from agent.edges.hooks import run_hook
from agent.edges.secrets import resolve
from agent.errors import AgentError

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from agent.core.inventory.model import Receiver
    from agent.core.rollout.hooks import HookEnd

PAUSES: Final = (1.0, 3.0)
"""Seconds between one attempt and the next; there is one more attempt than pauses."""
_LAST_LETTERS: Final = 200
_NO_TIME: Final = Refusal(reason="no time was left for it", again=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How it ended: refusal is None where the news arrived."""

    attempts: int
    refusal: Refusal | None


def deliver(
    receiver: Receiver,
    content: bytes,
    cluster: str,
    *,
    environment: Mapping[str, str],
    stop: threading.Event,
    give_up_at: float,
) -> Delivery:
    """Tell one receiver, again after a pause where that may help; ends soon once stop is set, and by give_up_at."""
    attempts, refusal = 0, _NO_TIME
    for pause in (0.0, *PAUSES):
        left = give_up_at - time.monotonic() - pause
        if left <= 0 or stop.wait(pause):
            break
        attempts += 1
        seconds = min(receiver.timeout, left)
        answer = _attempt(receiver, content, cluster, seconds=seconds, environment=environment, stop=stop)
        if answer is None or not answer.again:
            return Delivery(attempts=attempts, refusal=answer)
        refusal = answer
    return Delivery(attempts=attempts, refusal=refusal)


def _attempt(
    receiver: Receiver,
    content: bytes,
    cluster: str,
    *,
    seconds: float,
    environment: Mapping[str, str],
    stop: threading.Event,
) -> Refusal | None:
    if receiver.run:
        call = HookCall(
            name=EVENT,
            node=cluster,
            hook=Hook(run=words_for(receiver, cluster), timeout=seconds),
            facts=(("CLUSTER", cluster), ("EVENT", EVENT), ("TIMEOUT", f"{seconds:.0f}")),
        )
        return _refused(run_hook(call, environment, told=content, stop=stop))
    try:
        address = resolve(receiver.webhook or "", environment)
    except AgentError as fault:
        return Refusal(reason=str(fault), again=False)
    from agent.edges.webhook import post  # noqa: PLC0415 - what speaks HTTP is loaded where somebody is told

    return post(address, content, seconds=seconds, environment=environment, stop=stop)


def _refused(end: HookEnd) -> Refusal | None:
    """A command that could not be started will not start a second later either; its last line may say why it failed."""
    if end.good:
        return None
    last = end.output.rstrip().rpartition("\n")[2]
    said = f": {printable(last, limit=_LAST_LETTERS)}" if last else ""
    return Refusal(reason=f"{end.reason}{said}", again=end.seconds > 0)
