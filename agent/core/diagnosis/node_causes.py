"""What else keeps a Jira from starting: database, home, port, memory, disk, the one-at-a-time index lock."""

from __future__ import annotations

import re
from typing import Final

from agent.core.diagnosis.cause import INFERRED, VERIFIED, Cause, Effect, sign

_MEMORY: Final = 'Java, "Understand the OutOfMemoryError exception"'
_OOM: Final = r"java\.lang\.OutOfMemoryError"
_RESUME: Final = "resume"

CAUSES: Final = (
    Cause(
        code="database-unreachable",
        effect=Effect.STOPS,
        sentence="Jira cannot connect to its database",
        hint="check the database, dbconfig.xml and the network between them",
        next=_RESUME,
        source="a published log of Jira 8 (HealthChecks, DefaultAtlassianBootstrapManager); the drivers of MySQL and "
        "PostgreSQL",
        footing=INFERRED,
        signs=(
            sign(
                "your database",
                pattern=r"(?:jira )?(?:couldn\S{0,12}t connect to|failed to establish a connection to|"
                r"could not successfully test) your database",
            ),
            sign("Communications link failure"),
            sign(
                "accepting TCP/IP connections",
                pattern=r"(?:Connection to \S{1,255} refused\. )?Check that the hostname and port are correct and that "
                r"the postmaster is accepting TCP/IP connections",
            ),
        ),
    ),
    Cause(
        code="home-locked",
        effect=Effect.STOPS,
        sentence="the localhome is locked: another Jira runs on it, or the lock file cannot be written",
        hint="look which process holds .jira-home.lock and who owns the file; remove it only when no Jira runs there",
        next="doctor",
        source="published source and logs of earlier releases (JiraHomeStartupCheck)",
        footing=INFERRED,
        signs=(
            sign(
                "jira.home directory",
                pattern=r"(?:the jira\.home directory .{0,500}locked by another running instance of jira"
                r"|unable to create and acquire lock file for jira\.home directory)",
            ),
        ),
    ),
    Cause(
        code="port-in-use",
        effect=Effect.STOPS,
        sentence="a port that Jira needs is in use",
        hint="find the process that holds the port (ss -ltnp on the node); an earlier Jira may be on its way down",
        next=_RESUME,
        source="Java, java.net.BindException and java.rmi.server.ExportException; Tomcat writes to catalina.out, "
        "which is not read",
        footing=VERIFIED,
        signs=(
            sign(
                "java.net.BindException",
                pattern=r"java\.net\.BindException(?!: (?:Cannot assign|Permission denied))",
            ),
            sign("Address already in use"),
            sign("Port already in use"),
        ),
    ),
    Cause(
        code="out-of-memory-heap",
        effect=Effect.SHORTAGE,
        sentence="Jira's heap is too small",
        hint="raise -Xmx (JVM_MAXIMUM_MEMORY in setenv.sh), or find what fills it",
        next=_RESUME,
        source=_MEMORY,
        footing=VERIFIED,
        signs=(sign("java.lang.OutOfMemoryError", pattern=rf"{_OOM}: (?:Java heap space|GC overhead limit exceeded)"),),
    ),
    Cause(
        code="out-of-memory-metaspace",
        effect=Effect.SHORTAGE,
        sentence="Jira's metaspace is too small",
        hint="raise or remove -XX:MaxMetaspaceSize in setenv.sh",
        next=_RESUME,
        source=_MEMORY,
        footing=VERIFIED,
        signs=(
            sign(
                "java.lang.OutOfMemoryError",
                pattern=rf"{_OOM}: (?:Metaspace|Compressed class space|PermGen space)",
            ),
        ),
    ),
    Cause(
        code="out-of-memory-native",
        effect=Effect.SHORTAGE,
        sentence="the machine gives Jira no more memory or threads",
        hint="check the user's limits (ulimit -u), the machine's memory and the unit's TasksMax and MemoryMax",
        next=_RESUME,
        source=_MEMORY,
        footing=VERIFIED,
        signs=(
            sign(
                "java.lang.OutOfMemoryError",
                pattern=rf"{_OOM}: (?:unable to create (?:new )?native thread|Direct buffer memory|Cannot reserve "
                r"|request \d+ bytes|Out of swap space)",
            ),
        ),
    ),
    Cause(
        code="out-of-memory",
        effect=Effect.SHORTAGE,
        sentence="Jira ran out of memory",
        hint="see in the log which memory it was, and raise that limit",
        next=_RESUME,
        source=_MEMORY,
        footing=VERIFIED,
        signs=(sign("java.lang.OutOfMemoryError"),),
    ),
    Cause(
        code="disk-full",
        effect=Effect.SHORTAGE,
        sentence="a disk of this node is full",
        hint="free space (localhome, shared home, temp, the log's own disk), inodes included",
        next=_RESUME,
        source="errno(3), ENOSPC and EDQUOT",
        footing=VERIFIED,
        signs=(sign("No space left on device"), sign("Disk quota exceeded")),
    ),
    Cause(
        code="index-lock-held",
        effect=Effect.WAITS,
        sentence="Jira waits for another node's index start (Jira starts one node at a time)",
        hint="wait; a holder that was killed keeps the lock for about five minutes",
        next="status",
        source='Atlassian, "Failed getting index on start"',
        footing=VERIFIED,
        quiet=True,
        settled=re.compile(r"(?:Acquired|Released) lock com\.atlassian\.jira\.start\.index\.lock"),
        signs=(
            sign(
                "com.atlassian.jira.start.index.lock",
                pattern=r"(?:\[INDEX_START\] )?(?:Current node: .{1,200}\. )?"
                r"Waiting for lock com\.atlassian\.jira\.start\.index\.lock",
            ),
        ),
    ),
    Cause(
        code="locked-at-start",
        effect=Effect.SYMPTOM,
        sentence="Jira has locked itself at start; no line that is known here says why",
        hint="look into log/atlassian-jira.log in its localhome, above this line",
        next="status",
        source='Atlassian, "Jira Data Center node locking on startup"; published logs of the other two',
        footing=VERIFIED,
        signs=(
            sign("Startup check failed", pattern=r"startup check failed\. jira will be locked"),
            sign("A fatal error occurred during bootstrapping"),
            sign("Unable to start J", pattern=r"unable to start jira\b"),
        ),
    ),
)
