"""Which inventory says what other tools were told? Reads their files, proves the inventory against them, writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.adopting.joining import joined
from agent.core.adopting.shaping import shaped, written
from agent.core.finding import errors_among
from agent.core.importing.codes import Code
from agent.core.text.names import fold
from agent.core.xml.render import render
from agent.edges.inventory_file import require_free, write_new
from agent.edges.loader import MOST_BYTES
from agent.edges.templates import load_template
from agent.errors import Refused
from agent.operations.describing import UNNAMED, cluster_name, described, require_fit
from agent.operations.importing.reading import nodes_in, stores_in
from agent.operations.importing.telling import Found, Obstacle, head, refusal, success, told_lines
from agent.operations.importing.wish import Wish, require_sense
from agent.operations.inputs.reading_back import ReadBack, read_back

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.filestore import FilestoreConfig
    from agent.core.report import Report
    from agent.edges.templates import Template
    from agent.operations.world import World

__all__ = ["Wish", "import_config"]

_VERSION: Final = "jira-version"


def import_config(world: World, wish: Wish, *, template: Path | None) -> Report:
    """Read the sources and write the inventory that says the same, or tell every reason why not.

    Raises:
        InputError: the flags are wrong, or a file lies at the place already.
        Refused: the inventory would say something else than the sources.
        AgentError: the file cannot be written.

    """
    require_sense(wish)
    require_fit(wish.settings)
    if wish.out:
        require_free(wish.out)
    name = cluster_name(wish.out, wish.name) or UNNAMED
    source = load_template(template)
    found = Found(
        wish=wish,
        name=name,
        stores=stores_in(wish, world.environment),
        nodes=nodes_in(wish, world.environment),
    )
    config = found.stores.config
    obstacles = _obstacles(found)
    if config is None or obstacles or errors_among(found.findings):
        return refusal(found, obstacles)
    content = _content(found, config, world.clock.now_iso())
    return _imported(world, found, _Proof(config=config, content=content, template=source))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What the sources say, the inventory that is to say the same, and the template that both are rendered with."""

    config: FilestoreConfig
    content: bytes
    template: Template


def _imported(world: World, found: Found, proof: _Proof) -> Report:
    """Prove what is to be written, and only then write or show it."""
    wish = found.wish
    if len(proof.content) > MOST_BYTES:
        return refusal(found, (_too_large(),))
    back = read_back(proof.content, found.name, wish.out, proof.template)
    if not isinstance(back, ReadBack):
        return refusal(found, (_unspeakable(),), back)
    _require_the_same(found.name, back, proof)
    if errors_among(back.findings):
        return refusal(found, (_against_rules(),), back.findings, shown=proof.content)
    if wish.out:
        write_new(wish.out, proof.content)
    else:
        for line in told_lines(found):
            world.progress(line.text, line.tone)
    return success(found, back, proof.content)


def _require_the_same(name: str, back: ReadBack, proof: _Proof) -> None:
    meant = render(proof.config, proof.template.text, template_name=proof.template.name).canonical
    wrong = [node for node, document in back.documents.items() if document.canonical != meant]
    if wrong:
        raise Refused(
            f"{name}: the inventory would not say for {fold(wrong)} what the source says, so nothing was written; that"
            " is a fault of filestore-agent, or a defaults.yml in that folder has filestores of its own"
        )


def _obstacles(found: Found) -> tuple[Obstacle, ...]:
    """What no source says and no flag does."""
    obstacles: list[Obstacle] = []
    if found.nodes.entries is None and not found.nodes.findings:
        way = "name them: --nodes 'jira-[1-3].example.com', or --ansible INVENTORY, or --ansible-json FILE"
        obstacles.append(Obstacle(code="nodes", message="nothing says which machines run Jira", way=way))
    versions = {found.nodes.settings.get(_VERSION), found.stores.keys.get(_VERSION)} - {None}
    if _VERSION not in found.wish.settings and len(versions) != 1 and not _is_unread(found):
        said = " and ".join(sorted(str(it) for it in versions))
        message = f"the sources tell different versions of Jira ({said})" if said else "no source tells Jira's version"
        way = "say it: --jira-version 10.3.4 (Jira shows it under Administration, System info)"
        obstacles.append(Obstacle(code="version", message=message, way=way))
    return tuple(obstacles)


def _is_unread(found: Found) -> bool:
    """Tell whether a source could not be read at all: it may tell what is missed."""
    return bool({it.rule for it in found.findings} & {Code.UNREADABLE, Code.NOT_THE_FORM})


def _unspeakable() -> Obstacle:
    return Obstacle(
        code="format",
        message="what the sources say cannot be written as an inventory (its errors are told one by one)",
        way="correct it where it comes from, or say it by a flag, and import again",
    )


def _too_large() -> Obstacle:
    message = f"the inventory would be larger than the {MOST_BYTES // 1024} KiB that are read of one"
    return Obstacle(code="format", message=message, way="name fewer hosts: --group NAME")


def _against_rules() -> Obstacle:
    return Obstacle(
        code="rules",
        message="validate would refuse the inventory (its errors are told one by one)",
        way="correct it where it comes from; without --out the inventory is shown all the same, to be mended by hand",
    )


def _content(found: Found, config: FilestoreConfig, now: str) -> bytes:
    keys = shaped(_base(found), joined({found.name: config}))
    return written(keys, head(found, now))


def _base(found: Found) -> Mapping[str, object]:
    """The keys that flags say, and sources where they do not; a file's group is by default that of its owner."""
    settings = {**found.stores.keys, **found.nodes.settings, **found.wish.settings}
    base = described(found.nodes.entries or {}, settings)
    jira = base["jira"] if isinstance(base["jira"], dict) else {}
    group = settings.get("jira.group", settings.get("owner"))
    homes = {"sharedhome": settings["jira.sharedhome"]} if "jira.sharedhome" in settings else {}
    first = {"version": jira["version"], "localhome": jira["localhome"], **homes, "owner": jira["owner"]}
    groups = {"group": group} if group else {}
    rest = {key: value for key, value in jira.items() if key not in first}
    return {**base, "jira": {**first, **groups, **rest}}
