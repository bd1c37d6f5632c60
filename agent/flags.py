"""Which flags do several tasks share? Declared once, so that a word means the same wherever it is said."""

from __future__ import annotations

from dataclasses import replace

from agent.program import Flag

OUTPUT = (
    Flag(
        name="template",
        value="FILE",
        help="Template (default templates/filestore-config.xml.j2, else the one shipped).",
    ),
    Flag(name="json", kind=bool, help="One JSON document on stdout."),
    Flag(name="json-out", value="FILE", help="File that gets the same JSON document; the terminal as usual."),
    Flag(name="quiet", short="q", kind=bool, help="Only the verdict."),
    Flag(name="verbose", short="v", kind=bool, help="Tell of each request, its answer and how long it took."),
)
"""What every task knows, also one that reads no inventory."""
BUCKETS = (
    Flag(
        name="inventory",
        value="FOLDER",
        help="Folder of cluster files (default inventory/, or FILESTORE_AGENT_INVENTORY).",
    ),
    Flag(
        name="cluster",
        value="NAME",
        kind=list,
        help="Cluster, needed where there are several; repeatable or 'all' for reading.",
    ),
    *OUTPUT,
)
"""What a task reads that is the cluster's, never a node's: no nodes are chosen."""
OFFLINE = (
    *BUCKETS[:2],
    Flag(name="limit", value="NODES", help="Only these nodes: names, ranges jira-[1-3], @tag, globs; comma separated."),
    Flag(name="exclude", value="NODES", help="All but these nodes, written as for --limit."),
    *OUTPUT,
)
READING = (*OFFLINE, Flag(name="forks", value="COUNT", help="Nodes talked to at the same time (default 32)."))
YES = Flag(name="yes", short="y", kind=bool, help="Do not ask; never covers a change of routing.")
JUNIT = Flag(name="junit", value="FILE", help="File that gets the verdict as JUnit XML, for CI.")
FORMAT = Flag(
    name="format",
    value="FORM",
    help="What stdout gets: text (the default), json, junit, sarif, or github for its runners.",
)
FORMS = ("text", "json", "junit", "sarif", "github")
METRICS = Flag(
    name="metrics",
    value="FILE",
    help="File that gets the verdict as Prometheus metrics, by rename: a textfile collector's.",
)
EVENTS = Flag(name="events", value="FILE", help="File that gets one JSON object per event.")
OVERRIDES = (
    Flag(name="allow-partial", kind=bool, help="Go on without the nodes that --limit or --exclude leave out."),
    Flag(name="accept-downtime", kind=bool, help="Restart although no other node would serve meanwhile."),
    Flag(name="skip-hooks", kind=bool, help="Restart without the inventory's drain hooks."),
)
ACTING = (
    *READING,
    YES,
    EVENTS,
    *OVERRIDES,
)
PAUSE = Flag(name="pause-after", value="COUNT", help="Halt when so many nodes are done; `resume` goes on.")
WITHOUT_REST = Flag(
    name="without-rest", kind=bool, help="Do not ask Jira's REST pages, though the inventory has a token."
)
POLICY = (
    Flag(
        name="max-unavailable",
        value="COUNT",
        help="How many nodes may be down at once: a count, or a share such as 25%.",
    ),
    Flag(
        name="canary",
        value="NODES",
        help="How many healthy nodes go first, or which: a count, or names written as for --limit.",
    ),
    PAUSE,
    Flag(name="reason", help="Why, in at most 200 letters; kept in the journal."),
    WITHOUT_REST,
)
FROM_WORKSTATION = Flag(
    name="from-workstation", kind=bool, help="Ask with this machine's own rights by boto3; proves nothing of the nodes."
)
RESTORING = (
    Flag(name="list", kind=bool, help="Only list what the bucket holds."),
    Flag(name="backup", value="NAME", help="Which backup, by its exact name or key (default: the newest)."),
    Flag(name="node", value="NODE", help="Which node fetches it (default: the first that can be reached)."),
    Flag(
        name="from-workstation",
        kind=bool,
        help="List and sign with this machine's own rights by boto3; the node fetches by a URL that holds for minutes.",
    ),
    Flag(name="yes", short="y", kind=bool, help="Do not ask before the node begins to fetch."),
)
PREFLIGHT = Flag(
    name="preflight", kind=bool, help="Also let the nodes ask their buckets what Jira will be able to do there."
)
SAVED = Flag(
    name="plan", value="FILE", help="Apply this saved plan, or refuse and say what has moved since it was made."
)
VALID_FOR = "24h"
LISTED = 20
CHECKS = (
    Flag(name="history", kind=bool, help="Tell what is remembered of the checks of this machine; speaks to no node."),
    Flag(name="last", value="COUNT", help=f"With --history: how many changes are listed (default {LISTED})."),
    Flag(name="on-change", kind=bool, help="Say nothing unless the condition is another than at the last check."),
    Flag(name="no-notify", kind=bool, help="Do not tell the inventory's receivers; a later check does."),
)
ROLLOUT = Flag(
    name="rollout", value="PLAN", help="The rollout that is meant, by the name of its plan (default: the last)."
)
CONFIRM = Flag(name="confirm", value="NAME", help="The cluster's name: confirms a change of routing.")
SHAPE = (
    Flag(name="restart", kind=bool, help="Stage everywhere, then node by node: stop, commit, start, verify."),
    Flag(name="together", kind=bool, help="Stage everywhere, then stop all, commit all, start all."),
    Flag(name="no-restart", kind=bool, help="Commit a change of routing and leave the restart for later."),
)
DESCRIBING = (
    Flag(name="jira-version", value="VERSION", help="With --nodes: Jira's version, such as 10.3.4."),
    Flag(
        name="localhome",
        value="FOLDER",
        help="With --nodes: Jira's local home (default /var/atlassian/application-data/jira).",
    ),
    Flag(name="owner", value="USER", help="With --nodes: the user that Jira runs as (default jira)."),
    Flag(name="unit", value="UNIT", help="With --nodes: Jira's systemd unit (default jira)."),
    Flag(name="status-port", value="PORT", help="With --nodes: the port of Jira's own connector (default 8080)."),
    Flag(name="context-path", value="PATH", help="With --nodes: where Jira lives below its port, such as /jira."),
    Flag(
        name="ssh-user",
        value="USER",
        help="With --nodes: whom to log in as (default: the ssh configuration, then you).",
    ),
    Flag(name="ssh-port", value="PORT", help="With --nodes: the SSH port."),
    Flag(name="jump", value="HOSTS", help="With --nodes: jump hosts in order, comma separated."),
    Flag(name="ssh-config", value="FILE", help="With --nodes: OpenSSH client configuration, or none."),
    Flag(name="known-hosts", value="FILE", help="With --nodes: known host keys."),
)
"""What an inventory would say of the machines; `adopt` writes it into one."""
_OF_NODES = "With --nodes: "
DESCRIBED = tuple(
    replace(flag, help=f"{bare[0].upper()}{bare[1:]}")
    for flag, bare in ((it, it.help.removeprefix(_OF_NODES)) for it in DESCRIBING)
)
"""The same flags where they go before what a source says of the machines."""
SOURCES = (
    Flag(
        name="ansible",
        value="PATH",
        help="Nodes: an inventory of Ansible, read by `ansible-inventory --list` where that is installed.",
    ),
    Flag(
        name="ansible-json", value="FILE", help="Nodes: what `ansible-inventory --list` printed; - is what is piped in."
    ),
    Flag(name="group", value="NAME", help="The group of Ansible whose hosts are the nodes, where several may be."),
    Flag(
        name="helm",
        value="FILE",
        kind=list,
        help="Filestores: values of Atlassian's chart; repeatable, a later one goes before; - is what is piped in.",
    ),
    Flag(
        name="env",
        value="FILE",
        help="Filestores: variables of the container image: env-file, compose file, output of docker inspect; or -.",
    ),
    Flag(name="from-environment", kind=bool, help="Filestores: the same variables of this very process."),
    Flag(name="xml", value="FILE", help="Filestores: any filestore-config.xml; - is what is piped in."),
    Flag(name="empty", kind=bool, help="Filestores: none, everything is in the shared home."),
)
"""Where `import-config` gets nodes and filestores from: one of each."""
SCHEDULER = (
    Flag(name="systemd", kind=bool, help="A service and a timer."),
    Flag(name="cron", kind=bool, help="A line for a crontab."),
    Flag(name="github-actions", kind=bool, help="A workflow of GitHub Actions."),
    Flag(name="gitlab-ci", kind=bool, help="A pipeline of GitLab CI."),
)
EVERY = "10m"
