"""What a node's standing means for the data: where it goes now, where what was stored lies, and what comes next."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agent.core.filestore import Target
from agent.core.judging.in_force import Known, NotRunning
from agent.core.relocation import FOLDERS
from agent.core.routing import SHARED_HOME
from agent.core.text.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.judging.sight import Sight
    from agent.core.routing import Place, Routing


def of_split(sight: Sight, places: Mapping[Routing, tuple[str, ...]]) -> str:
    """Say which targets of this node go elsewhere than those of the others, and where each goes."""
    own = sight.effective_routing or sight.desired_routing
    differing = (target for target in Target if any(own.place_of(target) != other.place_of(target) for other in places))
    return "; ".join(_split_of(target, sight, own.place_of(target), places) for target in differing)


def of_time_bomb(sight: Sight) -> str:
    """Say when it goes off, and what happens to the data then."""
    name = sight.look.node.name
    moment = f"goes off when Jira is started next on {name}, be it by a reboot, a crash or a person"
    if sight.disk_routing is None:
        return moment
    turns = _turns(sight.desired_routing, sight.disk_routing)
    return f"{moment}: then {turns}" if turns else f"{moment}: then it loads what lies there now"


def of_restart_pending(sight: Sight) -> str | None:
    """Say what a restart changes for the data, where it does."""
    if not isinstance(sight.in_force, Known):
        return None
    turns = _turns(sight.in_force.routing, sight.desired_routing)
    return f"until {sight.look.node.name} is restarted its data goes elsewhere; then {turns}" if turns else None


def stray_data(sight: Sight) -> str | None:
    """Say where that lies which was stored in a place where it should not be; nobody moves it back (Atlassian)."""
    now, due = sight.effective_routing, sight.desired_routing
    if now is None or now == due or isinstance(sight.in_force, NotRunning):
        return None
    verb = "lie" if isinstance(sight.in_force, Known) else "may lie"
    where = (
        f"{target} that {sight.look.node.name} stores meanwhile {verb} in {_kept(now.place_of(target), target)}"
        for target in Target
        if now.place_of(target) != due.place_of(target)
    )
    return f"{'; '.join(where)}; a repair does not move them back"


def _split_of(target: Target, sight: Sight, own: Place, places: Mapping[Routing, tuple[str, ...]]) -> str:
    elsewhere: defaultdict[Place, list[str]] = defaultdict(list)
    for routing, nodes in places.items():
        if routing.place_of(target) != own:
            elsewhere[routing.place_of(target)].extend(nodes)
    others = sorted(f"those of {fold(nodes)} to {place}" for place, nodes in elsewhere.items())
    return f"{target} of {sight.look.node.name} go to {own}, {' and '.join(others)}"


def _turns(before: Routing, after: Routing) -> str:
    pairs = zip(before.items(), after.items(), strict=True)
    return ", ".join(f"{target} go to {new} instead of {old}" for (target, old), (_, new) in pairs if old != new)


def _kept(place: Place, target: Target) -> str:
    return f"{place}, by default in {FOLDERS[target]}" if place == SHARED_HOME else str(place)
