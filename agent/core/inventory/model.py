"""Format 1 of the inventory: every key, its type, its default, what it is for; the JSON Schema is drawn from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from agent.core.inventory import home_grammar, host_grammar
from agent.core.inventory import word_grammar as words
from agent.core.inventory.nodeset import expand
from agent.core.inventory.unfit import Unfit, require_ascii
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import shown

MOST_WORDS = 64


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _written(default: str) -> Any:
    """Give a default as the file would write it, for the schema; validation makes it what the field holds."""
    return default


def _solid(text: str) -> str:
    if not text.strip():
        raise Unfit(Rule.EMPTY, "the value is empty")
    if text != text.strip():
        raise Unfit(Rule.WRONG_TYPE, f"{shown(text)} begins or ends with a blank", "remove the blank")
    return text


def _reason(text: str) -> str:
    """One that is empty is told by the rule about waivers, with the code that it is about (FS392)."""
    return _solid(text) if text.strip() else text


def _plain_ascii(text: str) -> str:
    require_ascii(text, Rule.INVISIBLE)
    return text


def _seconds(value: object) -> float:
    if isinstance(value, int) and not isinstance(value, bool):
        raise Unfit(Rule.DURATION, f"{value} has no unit", f"write {value}s, or with m or h")
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a duration is text")
    return words.duration(value)


def _budget(value: object) -> int | str:
    if isinstance(value, str):
        return words.percentage(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PydanticCustomError("int_type", "a count, or a percentage in quotes")
    return words.count_down(value)


def _canary(value: object) -> int | tuple[str, ...]:
    if isinstance(value, tuple) and value and all(isinstance(name, str) for name in value):
        if len(value) > MOST_WORDS:
            raise Unfit(Rule.BUDGET, f"{len(value)} names", f"at most {MOST_WORDS}; write ranges")
        return tuple(name for pattern in value for name in expand(pattern))
    if not isinstance(value, int) or isinstance(value, bool):
        raise PydanticCustomError("int_type", "a count, or a list of node names")
    if value < 0:
        raise Unfit(Rule.BUDGET, f"{value} is no number of nodes", "write 0 or more")
    return value


def _command(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0].strip() or argv[0].startswith("-"):
        raise Unfit(Rule.COMMAND, "a command begins with the program's name", "write it like [haproxy-drain, web]")
    if len(argv) > MOST_WORDS:
        raise Unfit(Rule.COMMAND, f"a command of {len(argv)} words", f"at most {MOST_WORDS}; put it into a script")
    return argv


def _text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


_DURATION_SCHEMA = _text_schema("^[0-9]{1,6}[smh]$", "30s", "5m", "2h")
_REFERENCE_SCHEMA = _text_schema("^(env|file|command):\\S", "env:JIRA_TOKEN", "file:~/.jira-token")

Solid = Annotated[str, AfterValidator(_solid), Field(min_length=1)]
PlainText = Annotated[Solid, AfterValidator(_plain_ascii)]
HostName = Annotated[Solid, AfterValidator(host_grammar.host)]
HostPattern = Annotated[Solid, AfterValidator(_plain_ascii)]
UserName = Annotated[Solid, AfterValidator(words.user), _text_schema("^[A-Za-z_][A-Za-z0-9_.-]{0,31}$", "jira")]
Tag = Annotated[Solid, AfterValidator(words.tag)]
UnitName = Annotated[Solid, AfterValidator(words.unit)]
Home = Annotated[
    Solid, AfterValidator(home_grammar.home), _text_schema("^/.+[^/]$", "/var/atlassian/application-data/jira")
]
FilePath = Annotated[Solid, AfterValidator(home_grammar.file_path)]
Mode = Annotated[Solid, AfterValidator(words.mode), _text_schema("^0?[0-7]{3}$", "0640")]
Version = Annotated[Solid, AfterValidator(words.version), _text_schema("^[0-9]+\\.[0-9]+\\.[0-9]+$", "10.3.4")]
ContextPath = Annotated[str, AfterValidator(words.context_path)]
Reference = Annotated[Solid, AfterValidator(words.reference), _REFERENCE_SCHEMA]
Duration = Annotated[float, PlainValidator(_seconds), _DURATION_SCHEMA]
Port = Annotated[int, Field(ge=1, le=65535)]
Word = Annotated[str, AfterValidator(words.command_word)]
HookCommand = Annotated[tuple[Word, ...], AfterValidator(_command)]
ServiceCommand = Annotated[tuple[str, ...], AfterValidator(_command)]
Reason = Annotated[str, AfterValidator(_reason), Field(json_schema_extra={"minLength": 1})]
RuleCode = Annotated[str, AfterValidator(words.rule_code), _text_schema("^FS[0-9]{3}$", "FS205")]
Budget = Annotated[
    int | str,
    PlainValidator(_budget),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[1-9][0-9]?%$"}]}),
]
Canary = Annotated[
    int | tuple[str, ...],
    PlainValidator(_canary),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "array", "items": {"type": "string"}}]}),
]


class Form(BaseModel):
    """A mapping of the inventory: strict types, unknown keys refused, keys in kebab-case, frozen."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=_kebab, validate_default=True)


class Status(Form):
    """Jira's status page, as seen from the node itself: never the balancer's address."""

    scheme: Literal["http", "https"] = Field("http", description="http or https")
    address: HostName = Field("127.0.0.1", description="Where Jira listens, from the node's own view")
    port: Port = Field(8080, description="The port of Jira's own connector")
    context_path: ContextPath = Field("", description='Where Jira lives below the address: "" or "/jira"')


class StatusOverride(Form):
    """What differs on one node from the cluster's status page."""

    scheme: Literal["http", "https"] | None = Field(None, description="http or https")
    address: HostName | None = Field(None, description="Where Jira listens, from the node's own view")
    port: Port | None = Field(None, description="The port of Jira's own connector")
    context_path: ContextPath | None = Field(None, description='Where Jira lives below the address: "" or "/jira"')


class Service(Form):
    """How Jira is stopped and started: as a systemd unit, or by two commands."""

    systemd: UnitName | None = Field(None, description="The unit; run by the login user through sudo -n systemctl")
    start: ServiceCommand | None = Field(None, description="The command that starts Jira, as a list; run as the owner")
    stop: ServiceCommand | None = Field(None, description="The command that stops Jira, as a list; run as the owner")

    @model_validator(mode="after")
    def _one_way(self) -> Service:
        by_unit, by_commands = self.systemd is not None, self.start is not None and self.stop is not None
        if by_unit == by_commands or (by_unit and (self.start is not None or self.stop is not None)):
            hint = "write {systemd: jira}, or {start: [...], stop: [...]}"
            raise Unfit(Rule.SERVICE, "the service is one systemd unit, or a start and a stop command", hint)
        return self


class Rest(Form):
    """Jira's REST interface, for the cluster's own view of its nodes and its health checks."""

    token: Reference = Field(description="Reference to a personal access token: env:NAME, file:PATH or command:WORDS")


class Jira(Form):
    """The Jira of this cluster, and where its file lives on every node."""

    version: Version = Field(description="Jira's version in quotes; decides which targets are legal")
    localhome: Home = Field(description="Jira's local home, where filestore-config.xml lies on each node")
    sharedhome: Home | None = Field(None, description="The shared home; used to bring a backup back")
    owner: UserName = Field("jira", description="Who owns the file; the remote step runs as this user")
    group: UserName = Field("jira", description="The file's group")
    mode: Mode = Field("0640", description="The file's mode, octal, in quotes")
    status: Status = Field(default_factory=Status, description="The status page, as seen from the node itself")
    rest: Rest | None = Field(None, description="Jira's REST interface; optional")
    service: Service = Field(
        default_factory=lambda: Service(systemd="jira"), description="How Jira is stopped and started"
    )


class Ssh(Form):
    """How the nodes are reached."""

    user: UserName | None = Field(None, description="Login user; without it the ssh configuration, then you")
    port: Port | None = Field(None, description="SSH port; without it the ssh configuration, then 22")
    jump: tuple[HostName, ...] = Field((), description="Jump hosts in order: you, first, second, node")
    config: FilePath = Field("~/.ssh/config", description="OpenSSH client configuration, or none")
    known_hosts: FilePath = Field("~/.ssh/known_hosts", description="Known host keys; unknown hosts are refused")


class FilestoreOverride(Form):
    """What one node may set differently; bucket and region are the cluster's."""

    endpoint_override: PlainText | None = Field(None, description="Another endpoint of the same family")
    max_concurrency: int | None = Field(None, description="Connections of this node to S3")


class NodeForm(Form):
    """What differs on one node, or on all nodes of a range."""

    address: HostPattern | None = Field(
        None, description="Where to connect, if not the node's name; a range for a range"
    )
    port: Port | None = Field(None, description="SSH port of this node")
    user: UserName | None = Field(None, description="Login user on this node")
    localhome: Home | None = Field(None, description="Local home on this node")
    status: StatusOverride | None = Field(None, description="What differs in the status page")
    service: Service | None = Field(None, description="How Jira is stopped and started on this node")
    tags: tuple[Tag, ...] = Field((), description="Words to choose nodes by: --limit @TAG")
    filestores: Mapping[str, FilestoreOverride] = Field(
        default_factory=dict, description="By filestore id: max-concurrency, and endpoint-override in the same family"
    )


class FilestoreForm(Form):
    """One bucket; the keys are those of filestore-config.xml."""

    bucket_name: PlainText = Field(description="The bucket's bare name")
    region: PlainText = Field(description="The bucket's region, such as ap-southeast-4")
    endpoint_override: PlainText | None = Field(None, description="Full address of another endpoint, with scheme")
    max_concurrency: int | None = Field(None, description="Connections to S3; Jira's own default is 100")


class Hook(Form):
    """A command run around a restart."""

    run: HookCommand = Field(description="The command as a list of words; {node}, {address}, {cluster} are filled")
    on: HostName = Field("workstation", description="workstation, or the host on which it runs")
    timeout: Duration = Field(_written("60s"), description="How long it may take; then the rollout halts")


class Drain(Form):
    """Commands that take a node out of the balancer and put it back."""

    before_stop: Hook | None = Field(None, description="Run before a node is stopped")
    after_ready: Hook | None = Field(None, description="Run after a node is ready again")


class Rollout(Form):
    """How careful a restart of the cluster is."""

    canary: Canary = Field(1, description="How many nodes go first and alone, or which: a count, or a list of names")
    max_unavailable: Budget = Field(
        1, description="How many nodes may be down at once: a count, or a percentage in quotes"
    )
    ready_timeout: Duration = Field(
        _written("2h"), description="How long a start may take; then the rollout halts, nothing is killed"
    )
    ready_streak: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Good looks in a row that prove a node ready"
    )
    ready_interval: Duration = Field(_written("5s"), description="Pause between two looks")
    stop_timeout: Duration = Field(_written("10m"), description="How long a stop may take; then the rollout halts")
    max_failures: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="Failed nodes that do not halt the rollout"
    )
    drain: Drain = Field(default_factory=Drain, description="Commands around each restart")


class Receiver(Form):
    """Who is told when the verdict on the cluster changes."""

    run: HookCommand | None = Field(None, description="A command; the news is JSON on its standard input")
    webhook: Reference | None = Field(None, description="Reference to an address that takes the news as JSON")
    timeout: Duration = Field(_written("30s"), description="How long one attempt may take")

    @model_validator(mode="after")
    def _one_way(self) -> Receiver:
        if (self.run is None) == (self.webhook is None):
            raise Unfit(Rule.COMMAND, "a receiver is either a command or a webhook", "write run: or webhook:, not both")
        return self


class Inventory(Form):
    """One cluster as its user declares it: nodes, filestores, which target uses which, and how to go about it."""

    jira: Jira = Field(description="The Jira of this cluster")
    ssh: Ssh = Field(default_factory=Ssh, description="How the nodes are reached")
    nodes: Mapping[str, NodeForm] = Field(description="The nodes by name or range, each with what differs on it: {}")
    filestores: Mapping[str, FilestoreForm] = Field(description="The buckets, each under an id of your choice")
    associations: Mapping[str, PlainText] = Field(
        description="Which target is kept in which filestore; a target left out stays in the shared home"
    )
    rollout: Rollout = Field(default_factory=Rollout, description="How careful a restart is")
    waivers: Mapping[RuleCode, Reason] = Field(
        default_factory=dict, description="Rules set aside, each with the reason"
    )
    notify: tuple[Receiver, ...] = Field((), description="Who is told when the verdict changes")
