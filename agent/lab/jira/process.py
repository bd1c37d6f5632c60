"""How a stand-in node lives as a process: read the file, serve the pages, heed the signals, end."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

from agent.lab.jira import settings as node_settings
from agent.lab.jira.life import Life
from agent.lab.jira.pages import Pages

HEEDED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1})
GLANCE = 0.05
"""Seconds between two looks at the clock."""


def live(home: Path) -> None:
    """Be the node until it is stopped; the caller holds the home's lock."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)
    settings = node_settings.read(home)
    if settings.vanish:
        return
    properties = node_settings.cluster_properties(home)
    life = Life(
        home=home,
        settings=settings,
        node_id=properties.get("jira.node.id", home.name),
        sharedhome=Path(properties.get("jira.shared.home", home / "shared")),
        begun=time.monotonic(),
    )
    life.begin()
    _serve(life)
    _heed(life)


def _serve(life: Life) -> None:
    """Open the web server; a port that is taken leaves the process alive without pages, as it leaves Tomcat."""
    try:
        pages = Pages(life)
    except OSError as fault:
        life.say("FATAL", "o.a.coyote.http11", f"Port {life.settings.status_port}: {fault.strerror}")
        return
    threading.Thread(target=pages.serve_forever, name="pages", daemon=True).start()


def _heed(life: Life) -> None:
    """Wait for signals until the stop is through; SIGUSR1 stores a backup, the hourly one of this lab."""
    while not life.over:
        received = signal.sigtimedwait(HEEDED, GLANCE)
        if received is None:
            continue
        if received.si_signo == signal.SIGUSR1:
            life.keep("backups")
        else:
            life.stop()
