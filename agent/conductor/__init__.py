"""The conductor: carries out a plan by asking what may be done, doing it, and telling what happened."""

from agent.conductor.loop import Clock, Wishes, conduct
from agent.conductor.requests import Holder

__all__ = ["Clock", "Holder", "Wishes", "conduct"]
