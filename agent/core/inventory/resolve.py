"""What the user declares for one cluster, and what follows from it: its nodes, their filestores, the patience."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.finding import Severity
from agent.core.inventory.agreement import disagreements
from agent.core.inventory.documentation_names import documentation_address
from agent.core.inventory.fault import finding_of, is_news
from agent.core.inventory.model import Inventory, NodeForm, Service, Status, StatusOverride
from agent.core.inventory.model_faults import read_model
from agent.core.inventory.nodeset import hosts
from agent.core.node import CommandService, Node, SshSettings, StatusEndpoint, SystemdService
from agent.core.planning.budget import number_of
from agent.core.planning.plan import Hook, Patience
from agent.core.text.names import natural

if TYPE_CHECKING:
    from agent.core import node as resolved
    from agent.core.finding import Finding
    from agent.core.inventory.model import FilestoreForm, FilestoreOverride
    from agent.core.inventory.model import Hook as HookForm
    from agent.core.inventory.written import Written

__all__ = [
    "Inventory",
    "allowed_down",
    "documentation_address",
    "drain_hooks",
    "json_schema",
    "patience",
    "read_inventory",
    "resolve_filestores",
    "resolve_nodes",
]


def read_inventory(written: Written, cluster: str) -> tuple[Inventory | None, tuple[Finding, ...]]:
    """Judge what was written for a cluster: the inventory, or None where an error was found, and every finding."""
    inventory, model_faults = read_model(written)
    faults = [fault for fault in (*model_faults, *disagreements(written)) if is_news(fault, written)]
    findings = tuple(dict.fromkeys(finding_of(fault, written, cluster) for fault in faults))
    usable = all(finding.severity is not Severity.ERROR for finding in findings)
    return inventory if usable else None, findings


def resolve_nodes(inventory: Inventory, cluster: str) -> tuple[Node, ...]:
    """Return the cluster's nodes in natural order, ranges expanded, each with its own settings laid over the cluster's.

    Args:
        inventory: as the loader gave it; a node name occurs once.
        cluster: the cluster's name, which every node carries.
    """
    nodes = (
        _resolve_node(inventory, cluster, name, address, form)
        for pattern, form in inventory.nodes.items()
        for name, address in zip(hosts(pattern), hosts(form.address or pattern), strict=True)
    )
    return tuple(sorted(nodes, key=lambda node: natural(node.name)))


def resolve_filestores(inventory: Inventory, node_name: str) -> FilestoreConfig:
    """Return what the document of one node says: the cluster's filestores with the node's tuning laid over them."""
    own = _form_of(inventory, node_name).filestores
    return FilestoreConfig(
        filestores=tuple(_filestore(id_, form, own.get(id_)) for id_, form in inventory.filestores.items()),
        associations=tuple(Association(target=key, file_store=id_) for key, id_ in inventory.associations.items()),
    )


def patience(inventory: Inventory) -> Patience:
    """Return how long the rollout waits, and for how many good looks."""
    rollout = inventory.rollout
    return Patience(
        ready_timeout=rollout.ready_timeout,
        ready_streak=rollout.ready_streak,
        ready_interval=rollout.ready_interval,
        stop_timeout=rollout.stop_timeout,
    )


def allowed_down(inventory: Inventory, count: int) -> int:
    """Return how many of `count` nodes may be down at once: a share is rounded down, and one is always allowed."""
    return number_of(inventory.rollout.max_unavailable, count)


def drain_hooks(inventory: Inventory) -> tuple[Hook | None, Hook | None]:
    """Return the command before a node is stopped and the one after it is ready again."""
    drain = inventory.rollout.drain
    return _hook(drain.before_stop), _hook(drain.after_ready)


def json_schema() -> str:
    """Return the JSON Schema of format 1, drawn from the model: what inventory/schema.json holds, byte for byte.

    It says what a file may hold. Whether a cluster is complete is judged when defaults.yml lies under it, so what may
    come from there (the outermost keys, and those of jira) is not required here.
    """
    schema = Inventory.model_json_schema(schema_generator=_EditorSchema)
    for form in (schema, schema["$defs"]["Jira"]):
        required = ", ".join(form.pop("required"))
        form["description"] += f" Required, here or in defaults.yml: {required}."
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "filestore-agent inventory, format 1"}
    return json.dumps(head | {key: schema[key] for key in schema if key != "title"}, indent=2) + "\n"


class _EditorSchema(GenerateJsonSchema):
    """The schema as an editor needs it: an optional key may be left out, but null is no value for it."""

    def nullable_schema(self, schema: Any) -> dict[str, Any]:
        """Leave null out: an empty value is refused."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out the default null, which stands for the absence of the key."""
        drawn = super().default_schema(schema)
        return {key: value for key, value in drawn.items() if key != "default" or value is not None}

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Print no titles: they would repeat the keys."""
        del schema
        return False


def _resolve_node(inventory: Inventory, cluster: str, name: str, address: str, form: NodeForm) -> Node:
    jira = inventory.jira
    return Node(
        name=name,
        cluster=cluster,
        address=address,
        localhome=form.localhome or jira.localhome,
        owner=jira.owner,
        group=jira.group,
        mode=jira.mode,
        ssh=_ssh(inventory, form),
        status=_status(jira.status, form.status or StatusOverride()),
        service=_service(form.service or jira.service),
        tags=frozenset(form.tags),
    )


def _ssh(inventory: Inventory, form: NodeForm) -> SshSettings:
    ssh = inventory.ssh
    return SshSettings(
        user=form.user or ssh.user,
        port=form.port or ssh.port,
        jump=ssh.jump,
        config=None if ssh.config == "none" else ssh.config,
        known_hosts=ssh.known_hosts,
    )


def _status(clusters: Status, own: StatusOverride) -> StatusEndpoint:
    return StatusEndpoint(
        scheme=own.scheme or clusters.scheme,
        address=own.address or clusters.address,
        port=own.port or clusters.port,
        context_path=clusters.context_path if own.context_path is None else own.context_path,
    )


def _service(form: Service) -> resolved.Service:
    if form.systemd is not None:
        return SystemdService(unit=form.systemd)
    return CommandService(start=form.start or (), stop=form.stop or ())


def _hook(form: HookForm | None) -> Hook | None:
    return None if form is None else Hook(run=form.run, on=form.on, timeout=form.timeout)


def _form_of(inventory: Inventory, node_name: str) -> NodeForm:
    if node_name in inventory.nodes:
        return inventory.nodes[node_name]
    tuned = ((pattern, form) for pattern, form in inventory.nodes.items() if form.filestores)
    forms = (form for pattern, form in tuned if node_name in hosts(pattern))
    return next(forms, NodeForm())


def _filestore(id_: str, form: FilestoreForm, own: FilestoreOverride | None) -> Filestore:
    endpoint = own.endpoint_override if own is not None else None
    concurrency = own.max_concurrency if own is not None else None
    return Filestore(
        id=id_,
        bucket_name=form.bucket_name,
        region=form.region,
        endpoint_override=endpoint or form.endpoint_override,
        max_concurrency=form.max_concurrency if concurrency is None else concurrency,
    )
