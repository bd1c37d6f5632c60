"""What mends each fault of an inventory's form? For `validate --explain`, where no one finding is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.rules.inventory_codes import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

CURES: Final[Mapping[Rule, str]] = {
    Rule.UNREADABLE_FILE: "Give your own user a regular file it may read; --inventory names the folder.",
    Rule.NOT_UTF8: "Save the file as UTF-8 in an editor, and remove the character at the place that the finding names.",
    Rule.SYNTAX: "Look at the place and the lines before it: an indent, a colon without a blank, a quote that is open.",
    Rule.SEVERAL_DOCUMENTS: "Remove the line --- and what follows; each cluster has a file of its own.",
    Rule.NOT_A_MAPPING: "Begin with keys at the margin, such as nodes: and filestores:; examples/ has whole files.",
    Rule.DUPLICATE_KEY: "Keep one of the two lines, and delete the other.",
    Rule.ALIAS: "Write the value out; what all clusters share goes into defaults.yml.",
    Rule.TAG: "Remove the word that begins with !, and put text in quotes.",
    Rule.TOO_MUCH: "Look whether it is the file that was meant; if so, make several clusters of it.",
    Rule.INVISIBLE: "Remove it at the place that the finding names, or type the value again instead of pasting it.",
    Rule.KEY_NOT_TEXT: "Write the key as text, in quotes if need be.",
    Rule.NO_CLUSTER: "Put a file such as prod.yml into the folder: the file's name is the cluster's.",
    Rule.WORLD_WRITABLE: "Take the right from others: chmod o-w FILE.",
    Rule.SECRET: "Write env:NAME, file:PATH or command:WORDS instead, and replace the secret: it has stood in a file.",
    Rule.UNKNOWN_KEY: "Compare it with docs/inventory.md; the finding names the key that is nearest.",
    Rule.MISSING_KEY: "Add it, in the file or in defaults.yml; docs/inventory.md says what it takes.",
    Rule.WRONG_TYPE: "Write it as docs/inventory.md does; text that looks like a number goes in quotes.",
    Rule.EMPTY: "Give it a value, or remove the key to have the default.",
    Rule.HOST: "Write the bare name or address, without a scheme, user or port; those have keys of their own.",
    Rule.USER: "Write the bare name, as the machine itself knows it.",
    Rule.NUMBER: "Write a whole number within the bounds that the finding names.",
    Rule.PATH: "Write an absolute path below a folder of its own, such as /var/atlassian/application-data/jira.",
    Rule.MODE: 'Write it in quotes, "0640" for example: readable for the owner, writable for nobody else.',
    Rule.DURATION: "Write it like 30s, 5m or 2h.",
    Rule.REFERENCE: 'Write where the secret is found, for example "env:JIRA_TOKEN".',
    Rule.COMMAND: 'Write a list of words, [haproxy-drain, "{node}"]; docs/hooks.md names the placeholders.',
    Rule.VERSION: 'Write the whole version in quotes, as Jira shows it: "10.3.4".',
    Rule.RANGE: "Write it like jira-[1-3], the smaller number first.",
    Rule.STATUS: "Write scheme http or https, and the context path as in Jira's address: empty, or like /jira.",
    Rule.SERVICE: "Write {systemd: jira}, or both start and stop as lists of words.",
    Rule.WAIVER: 'Write the code and the reason: waivers: {FS205: "TLS ends at our own endpoint"}.',
    Rule.SAME_NODE: "Keep one of the two entries, and delete the other.",
    Rule.SAME_ADDRESS: "Give each node its own address, or the port that it has; one machine is one node.",
    Rule.NO_NODES: "Add at least one below nodes:.",
    Rule.UNDEFINED_FILESTORE: "Define it below filestores:, or correct the name; upper and lower case count.",
    Rule.UNKNOWN_TARGET: "Write attachments, avatars or backups, in the plural and in lower case.",
    Rule.IDS_DIFFER_BY_CASE: "Give one of them another id, or keep one.",
    Rule.OTHER_ENDPOINT_FAMILY: "Change it for the whole cluster: nodes that differ split the data in two.",
    Rule.BUDGET: "Write a smaller count, or a percentage in quotes that leaves one node at least in service.",
    Rule.ONE_NODE: "Nothing needs mending: plan the restart for a quiet hour, or waive it with a reason.",
    Rule.HOMES_OVERLAP: "Name the node's own disk as localhome, and the folder that all share as sharedhome.",
    Rule.DOCUMENTATION_ADDRESS: "Write the names or addresses of your own nodes in its place.",
    Rule.OWNER_ROOT: "Name the user that Jira runs as: jira.owner.",
    Rule.SPACE_IN_HOME: "Move the home to a path without a space, or waive it where Jira is started in another way.",
}
