"""The lab as a whole: it comes up, behaves as Jira is documented to, and leaves nothing running."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.edges.loader import load_estate
from agent.lab import embedded, sshd
from agent.lab.cluster import LabCluster, lab_cluster
from agent.lab.node import DOWN, LabFault
from agent.lab.processes import all_with
from tests.lab.test_startup import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.lab.node import LabNode

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabCluster]:
    with lab_cluster(tmp_path_factory.mktemp("lab"), 3, serve=embedded.start) as running:
        yield running


@pytest.fixture(autouse=True)
def _all_down(cluster: LabCluster) -> Iterator[None]:
    yield
    for node in cluster.nodes:
        node.kill_jira()
        node.remove()
        node.log_file.unlink(missing_ok=True)
        node.behave_well()
        node.behave(start_seconds=0)


def test_nodes_start_slowly_and_run(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.behave(start_seconds=0.3)
    node.start_jira()
    node.wait_for("STARTING")
    cluster.start_jira()
    assert [other.state for other in cluster.nodes] == ["RUNNING"] * 3


def test_a_node_without_the_file_stores_elsewhere_and_nobody_complains(cluster: LabCluster) -> None:
    for name in ("jira-1", "jira-2"):
        cluster.node(name).write(GOOD.encode())
    cluster.start_jira()
    places = [node.store("backups").parent for node in cluster.nodes]
    bucket = cluster.s3 / "example-co-jira-backup-bucket" / "backups"
    assert places == [bucket, bucket, cluster.sharedhome / "export"]


def test_a_file_altered_under_a_running_node_is_not_noticed_before_its_restart(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.write(GOOD.encode())
    node.start_jira()
    node.wait_for("RUNNING")
    node.remove()
    assert "example-co" in str(node.store())
    node.stop_jira()
    node.start_jira()
    node.wait_for("RUNNING")
    assert node.store().parent == cluster.sharedhome / "export"


@pytest.mark.parametrize(
    "text", ["<filestore-config>", GOOD.replace("region", "regio"), GOOD.replace('store="b', 'store="')]
)
def test_a_faulty_file_locks_the_node_and_leaves_its_process_alive(cluster: LabCluster, text: str) -> None:
    node = cluster.node("jira-1")
    node.write(text.encode())
    node.start_jira()
    node.wait_for("ERROR")
    assert node.pid is not None
    assert "Jira will be locked" in node.log


def test_a_second_start_changes_nothing(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    first = node.pid
    node.start_jira()
    assert node.pid == first


def test_the_command_line_names_the_home(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    assert node.pid in all_with(f"-Djira.home={node.home}")


def test_a_signal_stores_a_backup(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    before = node.store()
    earlier = len(list(before.parent.iterdir()))
    node.signal_jira(signal.SIGUSR1)
    give_up = time.monotonic() + 10
    while len(list(before.parent.iterdir())) == earlier and time.monotonic() < give_up:
        time.sleep(0.005)
    assert len(list(before.parent.iterdir())) == earlier + 1


def test_a_stop_that_hangs_is_told_with_the_nodes_name(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.behave(ignore_term=True)
    node.start_jira()
    node.wait_for("RUNNING")
    node.signal_jira(signal.SIGTERM)
    with pytest.raises(LabFault, match="jira-1: did not end"):
        node.wait_until_down(0.1)
    assert node.state == "RUNNING"


def test_a_killed_node_is_down(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    node.kill_jira()
    assert node.state == DOWN


def members_as_seen_by(node: LabNode, token: str) -> dict[str, tuple[str, bool]]:
    code, said = node.rest("/rest/api/2/cluster/nodes", token)
    assert code == 200, said
    return {member["nodeId"]: (member["state"], member["alive"]) for member in said}


def until(done: Callable[[], bool]) -> None:
    """Wait until it is so; 20 seconds are for a machine that does much else."""
    give_up = time.monotonic() + 20
    while not done():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_the_nodes_know_each_other(cluster: LabCluster) -> None:
    cluster.behave(heartbeat_tolerance_seconds=3)
    cluster.start_jira()
    node, other = cluster.node("jira-1"), cluster.node("jira-2")
    healthy = ("ACTIVE", True)
    until(lambda: members_as_seen_by(node, cluster.token) == {f"jira-{n}": healthy for n in (1, 2, 3)})
    other.stop_jira()
    assert members_as_seen_by(node, cluster.token)["jira-2"] == ("OFFLINE", False)
    cluster.node("jira-3").kill_jira()
    assert members_as_seen_by(node, cluster.token)["jira-3"] == healthy, "nobody has missed it yet"
    until(lambda: members_as_seen_by(node, cluster.token)["jira-3"] == ("ACTIVE", False))


def test_a_stranger_is_listed_alive_or_offline_until_it_is_removed(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    cluster.list_stranger("jira-8")
    cluster.list_stranger("jira-9", "OFFLINE")
    listed = members_as_seen_by(node, cluster.token)
    assert (listed["jira-8"], listed["jira-9"]) == (("ACTIVE", True), ("OFFLINE", False))
    for name in ("jira-8", "jira-9"):
        cluster.unlist(name)
    assert not {"jira-8", "jira-9"} & set(members_as_seen_by(node, cluster.token))


def test_the_rest_pages_want_the_token(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    for token in (None, "another"):
        code, said = node.rest("/rest/api/2/cluster/zdu/state", token)
        assert (code, str(said)[:6]) == (401, "<html>")
    cluster.enter_upgrade("MIXED")
    assert node.rest("/rest/api/2/cluster/zdu/state", cluster.token)[1]["state"] == "MIXED"
    cluster.enter_upgrade("STABLE")


def test_the_token_is_for_its_owner_alone_and_in_no_command_line(cluster: LabCluster) -> None:
    cluster.start_jira()
    assert cluster.token_file.stat().st_mode & 0o777 == 0o600
    assert all_with(cluster.token) == ()


def test_a_cluster_starts_its_indexes_one_after_the_other(cluster: LabCluster) -> None:
    cluster.behave(index_seconds=0.3)
    for node in cluster.nodes:
        node.start_jira()
    for node in cluster.nodes:
        node.wait_for("RUNNING")
    turns = sorted(
        line[:23]
        for node in cluster.nodes
        for line in node.log.splitlines()
        if "Acquired lock" in line or "Released lock" in line
    )
    assert len(turns) == 6
    starts = [datetime.fromisoformat(moment.replace(",", ".")) for moment in turns]
    assert all(end - start > timedelta(seconds=0.25) for start, end in zip(starts[::2], starts[1::2], strict=True))


def test_a_holder_of_the_index_lock_that_is_killed_blocks_the_next_node_for_a_while(cluster: LabCluster) -> None:
    holder, waiting = cluster.node("jira-1"), cluster.node("jira-2")
    holder.behave(index_seconds=60)
    holder.start_jira()
    holder.wait_for_log("Acquired lock")
    waiting.start_jira()
    waiting.wait_for_log("Waiting for lock")
    killed = time.monotonic()
    holder.kill_jira()
    waiting.wait_for("RUNNING")
    assert time.monotonic() - killed > 1


def test_a_restart_that_does_nothing_says_yes_and_leaves_the_old_process(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    before = node.pid
    node.behave(stop_does_nothing=True)
    for verb in ("stop", "start"):
        assert subprocess.run(node.service(verb), check=False).returncode == 0
    time.sleep(0.3)
    assert (node.pid, node.state) == (before, "RUNNING")


def test_a_node_that_never_comes_back_was_started_by_its_command(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.behave(start_does_nothing=True)
    node.start_jira()
    assert (node.pid, node.state) == (None, DOWN)


@pytest.mark.parametrize(
    ("habit", "logged"),
    [
        ({"out_of_memory": True}, "java.lang.OutOfMemoryError"),
        ({"port_in_use": True}, "Address already in use"),
        ({"ends_after_seconds": 0.2}, "Running Jira startup checks"),
        ({"vanish": True}, ""),
    ],
)
def test_a_node_may_end_by_itself(cluster: LabCluster, habit: dict[str, Any], logged: str) -> None:
    node = cluster.node("jira-1")
    node.behave(**habit)
    node.start_jira()
    node.wait_until_down()
    assert logged in node.log


def test_a_port_that_is_really_taken_leaves_a_process_without_pages(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    with socket.create_server(("127.0.0.1", node.status_port)):
        node.start_jira()
        node.wait_for_log("o.a.coyote.http11")
        assert node.pid is not None


def test_a_log_that_is_rotated_goes_on_in_a_new_file(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    inode, said = node.log_file.stat().st_ino, node.log
    older = node.rotate_log()
    assert (older.read_text(encoding="utf-8"), older.stat().st_ino) == (said, inode)
    assert (node.log, node.log_file.stat().st_ino != inode) == ("", True)
    node.store()
    assert "stored" in node.log


def test_a_log_that_is_copied_and_truncated_goes_on_in_the_same_file(cluster: LabCluster) -> None:
    node = cluster.node("jira-1")
    node.start_jira()
    node.wait_for("RUNNING")
    said = node.log
    with node.log_file.open(encoding="utf-8") as reader:  # keeps the inode from being given to another file
        copy = node.copytruncate_log()
        assert (copy.read_text(encoding="utf-8"), node.log) == (said, "")
        node.store()
        assert "\0" not in node.log
        assert reader.read() == node.log


def test_an_inventory_may_leave_nodes_out_and_say_how_careful_to_be(cluster: LabCluster) -> None:
    cluster.write_inventory(rollout='rollout: {max-unavailable: "30%"}\n', nodes=cluster.nodes[:2])
    estate = load_estate(cluster.inventory).clusters["lab"]
    cluster.write_inventory()
    assert (list(estate.nodes), estate.rollout.max_unavailable) == (["jira-1", "jira-2"], "30%")


def test_a_cluster_of_six_below_a_context_path_starts_quickly(tmp_path: Path) -> None:
    with lab_cluster(tmp_path / "lab", 6, serve=embedded.start, context_path="/jira") as six:
        began = time.monotonic()
        six.start_jira()
        assert time.monotonic() - began < 8, "0.8 s where nothing else runs"
        assert len(members_as_seen_by(six.node("jira-6"), six.token)) == 6


def test_a_lab_in_the_folder_of_an_earlier_one_knows_nothing_of_its_cluster(tmp_path: Path) -> None:
    for count in (2, 1):
        with lab_cluster(tmp_path / "lab", count, serve=embedded.start) as lab:
            lab.list_stranger(f"stranger-of-{count}")
            lab.start_jira()
            listed = list(members_as_seen_by(lab.node("jira-1"), lab.token))
    assert listed == ["jira-1", "stranger-of-1"]


def test_everything_the_lab_writes_is_private(cluster: LabCluster) -> None:
    assert cluster.folder.stat().st_mode & 0o777 == 0o700


def leftovers(folder: Path) -> tuple[int, ...]:
    """Return whatever has the folder in its command line: stand-ins, SSH servers, the guard itself."""
    return all_with(f"{folder}/")


@pytest.mark.sshd
@pytest.mark.skipif(sshd.available() is None, reason="no sshd on this machine")
def test_nothing_is_left_after_an_exception(tmp_path: Path) -> None:
    def fall_over() -> None:
        with lab_cluster(tmp_path / "lab", 2) as cluster:
            cluster.start_jira()
            assert leftovers(tmp_path)
            raise RuntimeError("the owner fell over")

    with pytest.raises(RuntimeError, match="fell over"):
        fall_over()
    assert leftovers(tmp_path) == ()


OWNER = """
import sys, time
from pathlib import Path
from agent.lab.cluster import lab_cluster
with lab_cluster(Path(sys.argv[1]), 2) as cluster:
    cluster.start_jira()
    print("up", flush=True)
    time.sleep(60)
"""


@contextmanager
def owner_of(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that owns a running lab."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        yield owner


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_is_left_after_the_owner_is_told_to_end(tmp_path: Path, ending: signal.Signals) -> None:
    folder = tmp_path / "lab"
    with owner_of(folder) as owner:
        owner.send_signal(ending)
        assert owner.wait(20) != 0
        assert leftovers(folder) == ()


def test_nothing_outlives_an_owner_that_was_killed_and_could_clean_up_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    with owner_of(folder) as owner:
        assert len(leftovers(folder)) >= 2
        owner.kill()
    give_up = time.monotonic() + 20
    while leftovers(folder) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert leftovers(folder) == ()


def test_a_server_that_does_not_start_takes_the_others_down(tmp_path: Path) -> None:
    started: list[embedded.EmbeddedServer] = []

    def serve(folder: Path, *, client_key: Path) -> embedded.EmbeddedServer:
        if "jira-2" in str(folder):
            raise OSError("no more of them")
        started.append(embedded.start(folder, client_key=client_key))
        return started[-1]

    with pytest.raises(LabFault, match="1 of 3 SSH servers did not start"), lab_cluster(tmp_path, 3, serve=serve):
        pass
    assert [server.running for server in started] == [False, False]
