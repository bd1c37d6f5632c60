"""The stable codes of what can be wrong with an inventory's form: FS001 on for the file, FS020 on for the keys."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from agent.core.finding import Severity


class Rule(StrEnum):
    """One code per kind of fault; the meaning is what docs/inventory.md and `validate --explain` print."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a code that knows its meaning."""
        made = str.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made

    @property
    def severity(self) -> Severity:
        """How bad it is, unless it is waived; the meaning says so too."""
        return Severity.WARNING if self.meaning.endswith("(a warning).") else Severity.ERROR

    UNREADABLE_FILE = (
        "FS001",
        "The file or folder cannot be read: missing, not regular, no permission, larger than 256 KiB.",
    )
    NOT_UTF8 = ("FS002", "The bytes are not UTF-8 text, or hold a character that YAML does not allow.")
    SYNTAX = ("FS003", "The text is not well-formed YAML.")
    SEVERAL_DOCUMENTS = ("FS004", "The file holds more than one YAML document.")
    NOT_A_MAPPING = ("FS005", "The file is empty, or its outermost value is not a mapping.")
    DUPLICATE_KEY = ("FS006", "A key is written twice in one mapping; YAML readers keep the last one silently.")
    ALIAS = ("FS007", "Anchors, aliases and merge keys are not part of the format.")
    TAG = ("FS008", "Tags are not part of the format.")
    TOO_MUCH = ("FS009", "Values are nested too deeply, too long, or too many.")
    INVISIBLE = ("FS010", "A key or value holds a control, bidirectional or invisible character.")
    KEY_NOT_TEXT = ("FS011", "A key is empty, a list or a mapping.")
    NO_CLUSTER = ("FS012", "The folder holds no cluster file, or a file's name cannot be the name of a cluster.")
    WORLD_WRITABLE = ("FS013", "Every user of this machine may change the file (a warning).")
    SECRET = ("FS014", "A value looks like a credential; the inventory holds references only.")
    UNKNOWN_KEY = ("FS020", "The key is not part of format 1.")
    MISSING_KEY = ("FS021", "A required key is missing.")
    WRONG_TYPE = ("FS022", "The value is of another type than the key takes: text, number, list, mapping.")
    EMPTY = ("FS023", "The key has no value.")
    HOST = ("FS024", "A node's name, an address or a jump host is not a host name or IP address.")
    USER = ("FS025", "A user, owner, group, tag or unit name is outside its grammar.")
    NUMBER = ("FS026", "A number is outside its range.")
    PATH = ("FS027", "A path is not one that a Jira home can have.")
    MODE = ("FS028", "The file's mode is not four octal digits in quotes, or grants too much or too little.")
    DURATION = ("FS029", "A duration is not a whole number with s, m or h.")
    REFERENCE = ("FS030", "A secret is not given as env:NAME, file:PATH or command:WORDS.")
    COMMAND = ("FS031", "A command is not a list of words, or holds a placeholder that nobody fills.")
    VERSION = ("FS032", "Jira's version is not three numbers in quotes.")
    RANGE = ("FS033", "A range of names is malformed, or names more than 10,000 nodes.")
    STATUS = ("FS034", "The status page's scheme or context path is not usable.")
    SERVICE = ("FS035", "The service is neither one systemd unit nor a start and a stop command.")
    WAIVER = ("FS036", "A waiver does not name a rule code and a reason.")
    SAME_NODE = ("FS040", "Two entries name the same node.")
    SAME_ADDRESS = ("FS041", "Two nodes have the same address and port.")
    NO_NODES = ("FS042", "The cluster has no nodes.")
    UNDEFINED_FILESTORE = ("FS043", "Something refers to a filestore that is not defined.")
    UNKNOWN_TARGET = ("FS044", "The target is none of attachments, avatars, backups.")
    IDS_DIFFER_BY_CASE = ("FS045", "Two filestore ids differ only by upper and lower case (a warning).")
    OTHER_ENDPOINT_FAMILY = ("FS046", "A node's endpoint-override would route its data elsewhere than the cluster's.")
    BUDGET = ("FS047", "max-unavailable or canary does not fit the number of nodes.")
    ONE_NODE = ("FS048", "The cluster has a single node, so each restart is a downtime (a warning).")
    HOMES_OVERLAP = ("FS049", "The local home is the shared home, or lies in it.")
    DOCUMENTATION_ADDRESS = (
        "FS050",
        "A task that connects was given an address that is reserved for documentation.",
    )
    OWNER_ROOT = ("FS051", "The file work would run as root in a folder that others may write to (a warning).")
    SPACE_IN_HOME = ("FS052", "The home holds a space; Jira's start script ignores such a home (a warning).")
