"""The page on hooks says what the code does, and the example's configuration is one that HAProxy takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from agent.conductor.requests import Holder, requests_of
from agent.core.node import Node
from agent.core.planning.plan import Hook, Plan, Shape, Step
from agent.core.rollout.hook_words import KEPT, filled, variables
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP, HookCall
from agent.core.rollout.moves import DrainNode
from agent.core.rollout.progress import begin
from agent.core.routing import ChangeClass
from agent.edges.hooks import GRACE
from agent.edges.loader import load_estate
from tests.command_line import INVENTORY
from tests.support.need import needs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "haproxy"


def test_the_inventory_on_the_page_is_sound_and_runs_what_the_example_holds(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    (tmp_path / "prod.yml").write_text(INVENTORY + shown[1], encoding="utf-8")
    estate = load_estate(tmp_path)
    assert estate.findings == ()
    drain = estate.clusters["prod"].rollout.drain
    assert drain.before_stop
    assert drain.after_ready
    for hook in (drain.before_stop, drain.after_ready):
        assert (EXAMPLE / Path(hook.run[0]).name).stat().st_mode & 0o111
        assert hook.timeout == Hook(run=()).timeout


def test_the_variables_on_the_page_are_those_that_a_hook_finds() -> None:
    told = set(re.findall(r"^\| `(FILESTORE_AGENT_\w+)` \|", PAGE, re.MULTILINE))
    step = Step(
        node="jira-1", reason="", expected="a", digest="b", canonical="c", routing="r", restart=True, running=True,
        node_id="node1",
    )  # fmt: skip
    plan = Plan(
        id="p-1", cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=(step,),
        before_stop=Hook(run=("x",)),
    )  # fmt: skip
    holder = Holder(holder="kim", host="desk")
    ((_, call),) = requests_of(begin(plan), DrainNode(node="jira-1"), holder, "")
    assert isinstance(call, HookCall)
    node = Node(name="jira-1", cluster="prod", address="192.0.2.11", localhome="/data")
    assert told == set(variables(filled(call, node)))
    assert {f"`{shape}`" for shape in Shape if shape is not Shape.COMMIT} <= set(re.findall(r"`[a-z]+`", PAGE))


def test_the_numbers_and_names_on_the_page_are_those_of_the_code() -> None:
    assert f"the first and the last {KEPT // 1024} KiB" in " ".join(PAGE.split())
    assert GRACE == 5
    assert "after five seconds a KILL" in " ".join(PAGE.split())
    assert f"`{BEFORE_STOP}` or `{AFTER_READY}`" in PAGE


@needs("haproxy", "haproxy")
def test_the_examples_configuration_is_one_that_haproxy_takes() -> None:
    done = subprocess.run(
        ["haproxy", "-c", "-f", EXAMPLE / "haproxy.cfg"], check=False, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 0, done.stderr
