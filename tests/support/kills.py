"""Does a rollout end as it would have, wherever its controller is killed? Rounds of kills on one cluster, by a seed.

A round does one deed on a cluster at rest: it is killed at an instant, or right after a line of progress, gone on with
from the same or another workstation, sometimes killed again, and must end where the uninterrupted deed ends.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.core.rollout.events import Act, MoveStarted, NodeReady, RolloutUndone
from agent.edges.journal import read
from agent.lab.inventory import FILESTORES
from tests.support.journey import SECOND, Journey, policy
from tests.support.watch import Watch, watching

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.rollout.events import Event

BUDGET = 2
OVERTIME = 1.1
"""A kill comes at an instant of the measured time, or a little after it: those are the misses."""
OTHER = {FILESTORES: SECOND, SECOND: FILESTORES}
NOTHING = "nothing to go on with"
RATHER = "go on with it: `resume`"
RESUME = ("resume", "--confirm", "lab")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A task that is killed. brings: whether another document is on its way; undoes: the earlier one is.

    restarts is how often it starts every node, None where that depends; after is every node's standing in the end.
    points are lines of progress after which it may be killed as well.
    """

    name: str
    words: tuple[str, ...]
    points: tuple[str, ...]
    brings: bool = True
    undoes: bool = False
    restarts: int | None = 1
    after: str = "CURRENT"
    most_idle: int = BUDGET


_ROLLING = ("jira-1: cleared", "jira-1: stopping", "jira-1: starting", "jira-1: done", "jira-4: stopping", "unlocking")
RESTART = Deed(
    name="restart",
    words=("deploy-config", "--restart", "--yes"),
    points=("locking jira-1", "locking jira-[2-6]", "staging on", "committing on jira-1", *_ROLLING),
)
TOGETHER = Deed(
    name="together",
    words=("deploy-config", "--together", "--yes"),
    points=("staging on", "jira-1: stopping", "jira-6: stopping", "committing on", "jira-1: starting", "jira-2: done"),
    most_idle=6,
)
COMMIT = Deed(
    name="commit",
    words=("deploy-config", "--yes"),
    points=("locking jira-1", "staging on", "committing on", "unlocking"),
    restarts=0,
    after="RESTART_PENDING",
    most_idle=0,
)
ROLLING = Deed(name="rolling-restart", words=("rolling-restart", "--all", "--yes"), points=_ROLLING, brings=False)
ROLLBACK = Deed(
    name="rollback",
    words=("rollback", "--restart", "--yes"),
    points=("staging on", "committing on jira-1", *_ROLLING),
    undoes=True,
)
ABORT = Deed(
    name="abort",
    words=("abort", "--yes"),
    points=("locking jira-1", "staging on", "committing on jira", "jira-1: done", "unlocking"),
    undoes=True,
    restarts=None,
)


@dataclass(slots=True, kw_only=True)
class Rounds:
    """Rounds on one cluster of six; told has one line for each, hits and misses count the kills."""

    journey: Journey
    seed: int
    declared: str = FILESTORES
    documents: dict[str, bytes | None] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    hits: int = 0
    misses: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """What a reader of the results wants to know: how many kills met a living controller."""
        return f"{', '.join(self.times)}: {self.hits} kills hit, {self.misses} missed (seed {self.seed})"

    def begin(self, deeds: tuple[Deed, ...]) -> None:
        """Learn both documents, and how long each deed takes that nobody disturbs."""
        for filestores in (FILESTORES, SECOND):
            self._declare(filestores)
            self.journey.done("deploy-config", "--together", "--confirm", "lab")
            self.documents[filestores] = self.journey.files()["jira-1"]
        for deed in deeds:
            scene = self._scene(deed)
            with watching(self.journey.lab.nodes) as watch:
                controller = self.journey.start(*deed.words)
                assert controller.end() == 0, controller.said
            self.times[deed.name] = controller.age
            self._check(scene, watch)

    def go(self, number: int, deed: Deed) -> None:
        """Do one round; all its chances follow from the seed and the number alone."""
        chance = random.Random(f"{self.seed}-{deed.name}-{number}")  # noqa: S311 - chances of a test
        scene = self._scene(deed)
        self.told.append(f"seed {self.seed} round {number}: {deed.name}")
        with watching(self.journey.lab.nodes) as watch:
            self._killed(scene, self.journey, deed.words, chance)
            if scene.has_begun(self.journey):
                self._go_on(scene, chance, number)
            else:
                self._say("before anything was begun, so it is begun again")
                self.journey.done(*deed.words)
        self._check(scene, watch)
        self._say("as it should be")

    def _killed(self, scene: Scene, at: Journey, words: tuple[str, ...], chance: random.Random) -> None:
        """Kill a task at an instant or after a line, and look at once what is whole, written down and proven."""
        controller = at.start(*words)
        if words == scene.deed.words and chance.random() < 1 / 3:
            point = chance.choice(scene.deed.points)
            controller.wait_for(point)
            self._say(f"killed after {point!r}")
        else:
            instant = chance.uniform(0, OVERTIME * self.times[scene.deed.name])
            controller.wait_until(instant)
            self._say(f"killed after {instant:.2f} s")
        is_hit = controller.kill()
        self.hits, self.misses = self.hits + is_hit, self.misses + (not is_hit)
        self._say("(hit)" if is_hit else "(missed: it had ended)")
        scene.look(at)

    def _go_on(self, scene: Scene, chance: random.Random, number: int) -> None:
        at = self.journey.at(f"elsewhere-{number}") if chance.random() < 1 / 2 else self.journey
        self._say(f"gone on with at {at.workstation}")
        if chance.random() < 1 / 3:
            self._killed(scene, at, self._way_on(scene, at), chance)
            at = self.journey.at(f"third-{number}") if chance.random() < 1 / 2 else at
        code, told = self._followed(scene, at)
        if code == 7 and NOTHING in told["summary"] and at is not self.journey:
            self._say("nothing is left of it on the nodes")
            code, told = self._followed(scene, self.journey)
        self._say(f"exit code {code}: {told['summary']}")
        assert code == 0 or (code == 7 and NOTHING in told["summary"]), (self.told[-1], told)

    def _followed(self, scene: Scene, at: Journey) -> tuple[int, dict[str, Any]]:
        """Go on, and once more as it is told to."""
        code, told = at.run(*self._way_on(scene, at))
        if code == 7 and RATHER in told["summary"]:
            self._say("told to resume it")
            return at.run(*RESUME)
        return code, told

    def _way_on(self, scene: Scene, at: Journey) -> tuple[str, ...]:
        """An abort that has not taken the nodes over yet is begun again; else it is a rollout like any other."""
        if scene.deed is not ABORT:
            return RESUME
        has_taken_over = at.holders() - {scene.broken_off} or scene.is_undone(self.journey)
        return RESUME if has_taken_over else ("abort", "--yes")

    def _scene(self, deed: Deed) -> Scene:
        """Bring the cluster to where the deed begins, at rest, and remember it."""
        earlier = self.declared
        if deed.brings:
            self._declare(OTHER[self.declared])
        if deed is ROLLBACK:
            self.journey.done("deploy-config", "--together", "--yes")
        latest = next(iter(self.journey.rollouts()), None)
        broken_off = self._broken_off() if deed is ABORT else ""
        whole = {self.documents[it] for it in (FILESTORES, SECOND)}
        scene = Scene(
            deed=deed,
            broken_off=broken_off,
            latest=latest,
            before=self.journey.files(),
            starts=self.journey.starts(),
            wanted=self.documents[earlier if deed.undoes else self.declared],
            whole=whole if deed.brings else {self.documents[self.declared]},
        )
        if deed.undoes:
            self._declare(earlier)
        return scene

    def _broken_off(self) -> str:
        controller = self.journey.start(*RESTART.words)
        controller.wait_for("jira-3: done")
        assert controller.kill()
        return self.journey.rollouts()[0][0]

    def _check(self, scene: Scene, watch: Watch) -> None:
        journey, deed, told = self.journey, scene.deed, self.told[-1] if self.told else scene.deed.name
        assert watch.all_files <= scene.whole, told
        assert watch.most_idle <= deed.most_idle, (told, watch.idle)
        assert journey.remains() == {}, told
        assert set(journey.files().values()) == {scene.wanted}, told
        assert set(journey.standings().values()) == {deed.after}, told
        pids = journey.pids()
        assert {node: pids[node] for node in scene.proven} == scene.proven, (told, "what was proven was restarted")
        if deed.restarts is not None:
            begun = {node: count - scene.starts[node] for node, count in journey.starts().items()}
            assert set(begun.values()) == {deed.restarts}, (told, begun)

    def _declare(self, filestores: str) -> None:
        self.declared = filestores
        self.journey.lab.write_inventory(filestores, rollout=policy(max_unavailable=BUDGET))

    def _say(self, words: str) -> None:
        self.told[-1] += f", {words}"


@dataclass(slots=True, kw_only=True)
class Scene:
    """The cluster as a deed begins: files, starts so far, the latest journal; wanted is every node's file in the end.

    whole holds each content that may lie on a node at any instant. proven grows with each kill: by node, the process
    that the journal called ready.
    """

    deed: Deed
    broken_off: str
    latest: tuple[str, Path] | None
    before: Mapping[str, bytes | None]
    starts: Mapping[str, int]
    wanted: bytes | None
    whole: set[bytes | None]
    proven: dict[str, int | None] = field(default_factory=dict)

    recorded: set[str] = field(default_factory=set)
    """Nodes of which a journal says that a commit was begun."""

    def has_begun(self, journey: Journey) -> bool:
        """Tell whether a journal of the deed exists, where it was begun."""
        return next(iter(journey.rollouts()), None) != self.latest

    def is_undone(self, journey: Journey) -> bool:
        """Tell whether the journal of what was broken off tells that it was put back, and nobody holds it any more."""
        journal = dict(journey.rollouts())[self.broken_off]
        return not journey.holders() and any(isinstance(event, RolloutUndone) for event in read(journal)[0])

    def look(self, at: Journey) -> None:
        """At the instant of a kill: what has changed was written down before, and what is proven has its process."""
        files, pids = at.files(), at.pids()
        for plan, journal in at.rollouts():
            if self.latest and plan == self.latest[0]:
                break
            self._learn(plan, read(journal)[0], pids)
        changed = {name for name, content in files.items() if content != self.before[name]}
        assert changed <= self.recorded, (changed, self.recorded)

    def _learn(self, plan: str, told: tuple[Event, ...], pids: Mapping[str, int | None]) -> None:
        for event in told:
            if isinstance(event, MoveStarted) and event.act is Act.COMMIT:
                self.recorded |= set(event.nodes)
            if isinstance(event, NodeReady) and plan != self.broken_off:
                self.proven[event.node] = pids[event.node]
