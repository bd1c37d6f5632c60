"""Where is it written down what a rollout does? One file of JSON lines for each rollout, durable before each act.

The format (version 1): the first line names the format, the plan and the cluster; each line after it is one event.
A line is a checksum (sha256, 64 hex digits), a blank, and the JSON that it covers; the number in the JSON counts the
lines from 0, so that a line taken out or put in twice is found. The documents are not in it: the plan lies beside it.

What announces an act, a halt or an end is brought to the disk (fsync) before append returns. Outcomes are handed to
the system, which survives the death of this program, and reach the disk with the next announcement: after a power cut
an act without its outcome is uncertain and is looked at first, so nothing is taken for true that was not.

A journal belongs to the one process that holds it open (flock). What could not be written once is not tried again.
"""

from agent.edges.journal.holding import is_live
from agent.edges.journal.lines import FORMAT
from agent.edges.journal.places import LIMIT, is_plan_name, journal_path, read
from agent.edges.journal.shelf import epoch_before, read_plan, rollouts
from agent.edges.journal.writing import ANNOUNCEMENTS, Journal

__all__ = [
    "ANNOUNCEMENTS",
    "FORMAT",
    "LIMIT",
    "Journal",
    "epoch_before",
    "is_live",
    "is_plan_name",
    "journal_path",
    "read",
    "read_plan",
    "rollouts",
]
