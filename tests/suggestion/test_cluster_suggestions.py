"""Suggestions by the workers of a cluster: a real scheduler and worker processes on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from classifier import resumable_file
from classifier.cluster import ClusterError, computing_on
from classifier.errors import EncoderError
from classifier.model.model import Model
from classifier.model.storage import save_model
from classifier.progress import NO_PROGRESS, ProgressCallback, ProgressReporter
from classifier.suggestion import streamed_workflow
from classifier.suggestion.streamed_workflow import StreamedFile, suggest_stream
from tests.cli.test_app import call
from tests.suggestion.test_streamed_workflow import rows_of, write_rows
from tests.support.dask_cluster import DaskCluster, dask_cluster, start_worker

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster"), n_workers=2) as running:
        yield running


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suggest in parts of three rows, and keep after each how far it is."""
    for name in ("_N_ROWS", "_N_ROWS_FAST"):
        monkeypatch.setattr(streamed_workflow, name, 3)
    monkeypatch.setattr(resumable_file, "_EVERY_S", 0.0)


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "harvest.csv", rows_of(35))


@pytest.fixture
def fast_folder(tmp_path: Path, fast_model: Model) -> Path:
    save_model(fast_model, tmp_path / "fast")
    return tmp_path / "fast"


@pytest.fixture
def here(tmp_path: Path, harvest: Path, fast_folder: Path) -> Path:
    """Return a file of the suggestions of the fast model, computed on this machine."""
    suggest_stream(harvest, model=fast_folder, out=tmp_path / "here.csv", fast=True)
    return tmp_path / "here.csv"


class AtFirstPart:
    """Progress reporter that calls a function when the first part is written."""

    def __init__(self, then: Callable[[], object]) -> None:
        self._waiting = [then]

    def step(self, name: str, total: int) -> ProgressCallback:
        return self._advance if name == "Suggesting codes" else lambda n_finished: None

    def _advance(self, n_finished: int) -> None:
        if n_finished and self._waiting:
            self._waiting.pop()()


def suggest_there(
    running: DaskCluster,
    harvest: Path,
    folder: Path | str,
    out: Path,
    *,
    fast: bool,
    progress: ProgressReporter = NO_PROGRESS,
) -> StreamedFile:
    with computing_on(running.address) as workers:
        return suggest_stream(harvest, model=folder, out=out, fast=fast, workers=workers, progress=progress)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_suggestions_of_a_cluster_are_the_same_to_the_byte(
    tmp_path: Path, two_workers: DaskCluster, harvest: Path, fast_folder: Path, suffix: str
) -> None:
    here, there = tmp_path / f"here.{suffix}", tmp_path / f"there.{suffix}"
    told = suggest_stream(harvest, model=fast_folder, out=here, fast=True)
    again = suggest_there(two_workers, harvest, fast_folder, there, fast=True)
    assert there.read_bytes() == here.read_bytes()
    assert (again.counts.state, again.notes) == (told.counts.state, told.notes)


@pytest.mark.encoder
def test_suggestions_with_the_encoders_of_the_workers_are_the_same_to_the_byte(
    tmp_path: Path, two_workers: DaskCluster
) -> None:
    harvest, here, there = (
        write_rows(tmp_path / "new.csv", rows_of(8)),
        tmp_path / "here.jsonl",
        tmp_path / "there.jsonl",
    )
    suggest_stream(harvest, out=here)
    suggest_there(two_workers, harvest, "sample", there, fast=False)
    assert there.read_bytes() == here.read_bytes()


def test_worker_that_is_killed_midway_changes_no_byte_of_the_suggestions(
    tmp_path: Path, harvest: Path, fast_folder: Path, here: Path
) -> None:
    there = tmp_path / "there.csv"
    with dask_cluster(tmp_path, n_workers=2) as running:
        progress = AtFirstPart(running.workers[0].kill)
        suggest_there(running, harvest, fast_folder, there, fast=True, progress=progress)
        assert running.workers[0].wait() != 0
    assert there.read_bytes() == here.read_bytes()


def test_worker_that_joins_when_all_others_are_lost_goes_on_with_the_same_bytes(
    tmp_path: Path, harvest: Path, fast_folder: Path, here: Path
) -> None:
    there = tmp_path / "there.csv"
    joined: list[subprocess.Popen[bytes]] = []
    with dask_cluster(tmp_path, n_workers=1) as running:

        def replace_worker() -> None:
            running.workers[0].kill()
            joined.append(start_worker(running.address, tmp_path / "joined.log"))

        try:
            suggest_there(running, harvest, fast_folder, there, fast=True, progress=AtFirstPart(replace_worker))
        finally:
            for process in joined:
                process.kill()
                process.wait()
    assert joined
    assert there.read_bytes() == here.read_bytes()


def test_run_whose_cluster_was_lost_is_continued_on_this_machine(
    tmp_path: Path, harvest: Path, fast_folder: Path, here: Path
) -> None:
    out = tmp_path / "out.csv"
    with dask_cluster(tmp_path, n_workers=1) as running:
        progress = AtFirstPart(running.scheduler.kill)
        with pytest.raises(ClusterError, match="the cluster was lost while it worked; run the command again"):
            suggest_there(running, harvest, fast_folder, out, fast=True, progress=progress)
    assert not out.exists()
    assert suggest_stream(harvest, model=fast_folder, out=out, fast=True).n_continued > 0
    assert out.read_bytes() == here.read_bytes()


def test_nothing_of_a_run_stays_with_the_workers(
    tmp_path: Path, two_workers: DaskCluster, harvest: Path, fast_folder: Path
) -> None:
    with computing_on(two_workers.address) as workers:
        assert workers is not None
        suggest_stream(harvest, model=fast_folder, out=tmp_path / "there.csv", fast=True, workers=workers)
        held = workers.client.run(lambda dask_worker: [name for name in dask_worker.plugins if "outcome" in name])
        assert [*held.values()] == [[], []]
    kept = [path for log in two_workers.logs for path in log.parent.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"Sambonaye" in path.read_bytes() for path in kept)


def test_encoder_that_a_worker_lacks_is_told_with_the_machine(
    tmp_path: Path, two_workers: DaskCluster, harvest: Path, fast_folder: Path
) -> None:
    with pytest.raises(EncoderError, match=r"^worker on \S+: the model was trained with the encoder 'trigrams', which"):
        suggest_there(two_workers, harvest, fast_folder, tmp_path / "there.csv", fast=False)
    assert "Sambonaye" not in two_workers.log()


def test_command_suggests_on_a_cluster(
    tmp_path: Path, two_workers: DaskCluster, harvest: Path, fast_folder: Path, here: Path
) -> None:
    there = tmp_path / "there.csv"
    given = ("--fast", "--model", fast_folder, "--out", there, "--cluster", two_workers.address)
    result = call("suggest", harvest, *given)
    assert result.exit_code == 0, result.output
    assert there.read_bytes() == here.read_bytes()
