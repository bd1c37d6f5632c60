"""Which variables of Ansible tell which key of the inventory, and which are known and never taken?

Beside Ansible's own those of Atlassian's dc-deployments-automation (atl_product_home and others), and a few that roles
for Jira share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.inventory import home_grammar
from agent.core.inventory import word_grammar as words

if TYPE_CHECKING:
    from collections.abc import Callable

_PORT: Final = re.compile("[0-9]{1,5}")
PASSWORDS: Final = (
    "ansible_password", "ansible_ssh_pass", "ansible_ssh_password", "ansible_become_pass", "ansible_become_password",
    "ansible_sudo_pass", "ansible_ssh_passphrase", "ansible_ssh_private_key_passphrase",
)  # fmt: skip
KEYS: Final = ("ansible_ssh_private_key_file", "ansible_private_key_file")
ADDRESSES: Final = ("ansible_ssh_host", "ansible_host")
"""Ansible takes the names with ssh in them before those without (ansible-core 2.14, tried with -vvv)."""
ARGUMENTS: Final = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
"""In the order in which Ansible puts them on ssh's command line, where the first ProxyJump counts."""


def _port(text: str) -> str:
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:  # noqa: PLR2004 - a port
        raise ValueError(text)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of the inventory: its variables in order of weight, what it may look like, where a node has its own."""

    key: str
    names: tuple[str, ...]
    grammar: Callable[[str], str]
    own: tuple[str, ...] = ()
    flag: str | None = None

    def said(self, text: str) -> object:
        """Return the value as a node's own key holds it."""
        return int(text) if self.grammar is _port else text


FIELDS: Final = (
    Field(key="ssh.port", names=("ansible_ssh_port", "ansible_port"), grammar=_port, own=("port",), flag="ssh-port"),
    Field(
        key="ssh.user", names=("ansible_ssh_user", "ansible_user"), grammar=words.user, own=("user",), flag="ssh-user"
    ),
    Field(
        key="jira.version", names=("atl_product_version", "jira_version"), grammar=words.version, flag="jira-version"
    ),
    Field(
        key="jira.localhome",
        names=("atl_product_home", "jira_home", "jira_localhome", "jira_local_home"),
        grammar=home_grammar.home,
        own=("localhome",),
        flag="localhome",
    ),
    Field(
        key="jira.sharedhome",
        names=("atl_product_home_shared", "jira_shared_home", "jira_sharedhome"),
        grammar=home_grammar.home,
    ),
    Field(
        key="jira.owner",
        names=("atl_product_user", "jira_user", "jira_owner", "ansible_become_user"),
        grammar=words.user,
        flag="owner",
    ),
    Field(key="jira.group", names=("atl_product_group", "jira_group"), grammar=words.user),
    Field(
        key="jira.status.port",
        names=("atl_tomcat_port", "jira_http_port", "jira_port"),
        grammar=_port,
        own=("status", "port"),
        flag="status-port",
    ),
    Field(
        key="jira.status.context-path",
        names=("atl_tomcat_contextpath", "jira_context_path", "jira_contextpath"),
        grammar=words.context_path,
        own=("status", "context-path"),
        flag="context-path",
    ),
)
