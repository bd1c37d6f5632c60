"""Jobs to be scheduled, with the templates that are shipped, and words that no scheduler expects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from agent.core.scheduling.job import Job
from agent.core.text.printable import printable
from agent.edges.templates import schedule_templates

TEMPLATES = schedule_templates()
JOB = Job(
    program=("/opt/filestore-agent/bin/filestore-agent",),
    inventory="/srv/jira/clusters",
    clusters=("all",),
    every=600,
    host="desk",
)
HOSTILE = (
    "a b",
    "100%",
    "%h%%i",
    "$HOME",
    "${HOME}$$",
    "it's",
    'say "so"',
    "'",
    "ä-日本",
    "😀𝄞",
    "`id`",
    "$(id)",
    "a;b",
    ";",
    "#x",
    "a&b|c>d<e",
    "*?[x]~!{a,b}",
    "-",
    " both ",
    "%",
)
"""Words with letters that mean something to systemd, to cron or to a shell."""
UNSAYABLE = ("two\nlines", "tab\there", "\x1b[31m", "\udcff", "\u202etxt", "zero\u200bwidth", "nul\x00")
SHOWABLE = st.lists(
    st.text(
        st.sampled_from(" '\"\\$%;#&|<>(){}[]*?!~`-=") | st.characters(exclude_categories=("C", "Z")),
        min_size=1,
        max_size=12,
    ).filter(lambda text: printable(text) == text),
    min_size=1,
    max_size=12,
)
"""Words of anything that can be shown on one line."""


def job(**changed: Any) -> Job:
    """Return a job that differs in this."""
    return replace(JOB, **changed)
