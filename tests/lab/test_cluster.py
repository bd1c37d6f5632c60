"""The lab as a whole: it comes up, behaves as Jira is documented to, and leaves nothing running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.lab import embedded, sshd
from agent.lab.cluster import LabCluster, lab_cluster
from agent.lab.node import DOWN, LabFault
from agent.lab.processes import all_with
from tests.lab.test_startup import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        node.behave(start_seconds=0, stuck=False, ignore_term=False)


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
