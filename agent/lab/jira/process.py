"""How a stand-in node lives as a process: read the file, serve the pages, heed the signals, end."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

from agent.lab.jira import settings as node_settings
from agent.lab.jira.life import LAUNCHER, Life
from agent.lab.jira.pages import Pages

HEEDED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1})
GLANCE = 0.05
"""Seconds between two looks at the clock."""
QUICK_GLANCE = 0.01
"""As long as a node starts: others may wait for its lock, and every look adds to the start of a whole cluster."""


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
        begun=time.time(),
    )
    life.begin()
    if not life.over:
        _serve(life)
        _heed(life)
        life.end()


def _serve(life: Life) -> None:
    """Open the web server; a port that is taken leaves the process alive without pages, as it leaves Tomcat."""
    try:
        pages = Pages(life)
    except OSError as fault:
        life.log.say("FATAL", "o.a.coyote.http11", f"Port {life.settings.status_port}: {fault.strerror}", thread="main")
        return
    threading.Thread(target=pages.serve_forever, name="pages", daemon=True).start()


def _heed(life: Life) -> None:
    """Wait for signals until the end has come; SIGUSR1 stores a backup, the hourly one of this lab."""
    while not life.over:
        life.go_on()
        received = signal.sigtimedwait(HEEDED, QUICK_GLANCE if life.state[1] == "STARTING" else GLANCE)
        if received is None:
            continue
        if received.si_signo == signal.SIGUSR1:
            life.log.say("INFO", LAUNCHER, f"stored {life.storage.keep('backups')}")
        else:
            life.stop()
