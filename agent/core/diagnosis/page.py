"""The causes as a page of Markdown; docs/diagnosis.md holds it as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.diagnosis import file_causes, node_causes, store_causes
from agent.core.diagnosis.table import CHECK_CAUSES, signs

if TYPE_CHECKING:
    from agent.core.diagnosis.cause import Cause

_NOTE: Final = (
    "<!-- Written by docs/write_diagnosis.py from agent/core/diagnosis; change the causes there, not this page. -->"
)

_INTRO: Final = """\
# The diagnosis

When a node does not come up, the lines of Jira's own log after the restart mark are read and judged beside what the
node itself shows: its state, whether there is a process, its filestore checks, and whether this rollout changed its
file. The answer is one cause, how sure it is, and what to do next. The log is evidence and never the verdict: whoever
can make Jira log a line can write any line.

- **Certain, likely, possible.** *Certain* takes a node that is locked (`500 ERROR`) or gone, a documented wording, and
  the start-up itself speaking. A stack trace without its first line, another part of Jira, or a wording that is only
  inferred makes *likely* of it. Where the node is still coming, a cause is only *possible*, but for the index lock.
- **Blame.** `filestore-config.xml` is blamed for its three documented faults alone, on a node that is locked or gone;
  where the words alone do not make it certain, only if this rollout brought the file. Then another file cures the node.
  Bucket, region and credentials are never blamed on the file, since Jira starts without them; a bucket that is not
  there and a region or endpoint that is wrong are *likely* right after a change, and the hint leads to the inventory.
- **Which cause.** What stops a start comes before what does not, and any cause before a mere "locked". Of equally sure
  ones the earliest counts, since the others follow from it.
- **What does not count.** Information (`INFO`, `DEBUG`), but for the index lock; threads that serve requests; a wording
  that stands in the middle of somebody's text; a wording that the node refutes, such as a start-up fault of a node that
  runs. Only the localhome's log/atlassian-jira.log is read, not catalina.out.
- **Gaps.** If more lines bore a sign than could be carried, or the mark is lost, everything is a step less sure.

The words for what a cause does are those of the tables below; the code is stable. What to do about Jira's three titles
and its three failing checks, command by command, is in [troubleshooting](troubleshooting/README.md). What a node may do
with its buckets [`preflight-s3`](preflight-s3.md) asks without a restart, and [`bucket-policy`](bucket-policy.md)
writes the rights.
"""


def page() -> str:
    """Return the page's text."""
    tables = (
        _table("The file", file_causes.CAUSES),
        _table("The bucket, and the way there", store_causes.CAUSES),
        _table("The node", node_causes.CAUSES),
        _table("Jira's own checks", CHECK_CAUSES),
    )
    return "\n".join((_NOTE, "", _INTRO, *tables, _signs()))


def _table(title: str, causes: tuple[Cause, ...]) -> str:
    rows = "".join(_row(cause) for cause in causes)
    head = "| code | cause | what it does | what to do | next | founded on |\n|---|---|---|---|---|---|\n"
    return f"## {title}\n\n{head}{rows}"


def _row(cause: Cause) -> str:
    founded = f"{cause.footing}: {cause.source}"
    cells = (f"`{cause.code}`", cause.sentence, cause.effect, cause.hint, f"`{cause.next}`", founded)
    return f"| {' | '.join(map(_escaped, cells))} |\n"


def _signs() -> str:
    intro = "Lines with one of these, letter by letter, are carried from the node; all else stays there."
    return "\n".join(("## The signs", "", intro, "", "```", *signs(), "```", ""))


def _escaped(text: str) -> str:
    """Keep Markdown from reading elements and columns as its own."""
    return text.replace("<", "&lt;").replace("|", r"\|")
