"""Lines as Jira writes them, and the evidence around them."""

from __future__ import annotations

from agent.core.diagnosis import Diagnosis, Evidence, FileChange, diagnose
from agent.core.judging.state import State
from agent.core.observation import HealthCheck, LogExcerpt, Presence

WHEN = "2026-11-22 10:00:00,123+0000"
STARTUP = "c.a.jira.startup.JiraStartupLogger"
TITLE = "Couldn\N{RIGHT SINGLE QUOTATION MARK}t parse filestore-config.xml"
LOCKED = f"{WHEN} Jira-Bootstrap FATAL      [{STARTUP}] Startup check failed. Jira will be locked."
DATABASE = (
    f"{WHEN} JIRA-Bootstrap ERROR      [c.a.jira.health.HealthChecks] "
    "JIRA failed to establish a connection to your database."
)


def said(
    message: str, *, thread: str = "Jira-Bootstrap", level: str = "ERROR", logger: str = STARTUP, who: str = ""
) -> str:
    """Return a line with a head, by default one of the start-up."""
    return f"{WHEN} {thread} {level} {who}     [{logger}] {message}"


def elsewhere(message: str, *, level: str = "WARN") -> str:
    """Return a line of a part of Jira that has nothing to do with the start."""
    return said(message, thread="Caesium-1-2", level=level, logger="c.a.j.service.services.mail.MailFetcher")


def judged(
    *lines: str,
    state: State = State.ERROR,
    process: Presence = Presence.FOUND,
    file: FileChange = FileChange.UNCHANGED,
    checks: tuple[HealthCheck, ...] = (),
) -> Diagnosis:
    """Diagnose a node of which all lines are there."""
    excerpt = LogExcerpt(lines=lines)
    return diagnose(Evidence(state=state, process=process, excerpt=excerpt, checks=checks, file=file))


def judged_in_part(*lines: str, file: FileChange = FileChange.UNCHANGED) -> Diagnosis:
    """Diagnose a locked node of whose log not all could be read."""
    excerpt = LogExcerpt(lines=lines, whole=False)
    return diagnose(Evidence(state=State.ERROR, process=Presence.FOUND, excerpt=excerpt, file=file))
