"""Work shared with a Dask cluster: a real scheduler and two worker processes on loopback."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed

from classifier import cluster
from classifier.cluster import ClusterError, computing_on
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.model.storage import save_model
from classifier.model.training import train_model
from classifier.progress import ProgressCallback
from tests.support.dask_cluster import DaskCluster, dask_cluster

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]

CANARY = "Zqwxvarn of the village committee"


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster"), n_workers=2) as running:
        yield running


class Reporter:
    """Progress reporter that calls a function when the first piece of work is finished."""

    def __init__(self, at_first: Callable[[], object]) -> None:
        self._waiting = [at_first]

    def step(self, name: str, total: int) -> ProgressCallback:
        return self._advance if name.startswith("Training") else lambda n_finished: None

    def _advance(self, n_finished: int) -> None:
        if self._waiting:
            self._waiting.pop()()


def fitted_parts(folder: Path) -> dict[str, bytes]:
    """Return the files of a model folder that don't tell when it was trained."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".npz"}


@pytest.fixture(scope="module")
def trained_here(
    few_folds: None,
    coded_harvest: Harvest,
    codebook: Codebook,
    trigrams: CachedEncoders,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, bytes]:
    """Return the fitted parts of a model that was trained on this machine."""
    folder = tmp_path_factory.mktemp("trained") / "here"
    save_model(train_model([coded_harvest], codebook=codebook, sources=trigrams, name="ours").model, folder)
    parts = fitted_parts(folder)
    assert parts
    return parts


def slowly(number: int) -> int:
    time.sleep(1.5)
    return number


def work_until_first(then: Callable[[], object]) -> list[int]:
    """Share six pieces of work out, and do something when the first is done."""
    done = Parallel(n_jobs=-1, return_as="generator")(delayed(slowly)(number) for number in range(6))
    first = next(done)
    then()
    return [first, *done]


def refuse(value: str) -> None:
    raise ValueError(f"{value} can't be computed")


def test_a_model_trained_on_a_cluster_is_the_same_to_the_byte(
    two_workers: DaskCluster,
    trained_here: dict[str, bytes],
    coded_harvest: Harvest,
    codebook: Codebook,
    trigrams: CachedEncoders,
    tmp_path: Path,
) -> None:
    with computing_on(two_workers.address):
        trained = train_model([coded_harvest], codebook=codebook, sources=trigrams, name="ours")
    save_model(trained.model, tmp_path / "there")
    assert fitted_parts(tmp_path / "there") == trained_here


def test_a_worker_that_is_killed_midway_changes_no_byte(
    trained_here: dict[str, bytes],
    coded_harvest: Harvest,
    codebook: Codebook,
    trigrams: CachedEncoders,
    tmp_path: Path,
) -> None:
    with dask_cluster(tmp_path, n_workers=2) as running, computing_on(running.address):
        progress = Reporter(running.workers[0].kill)
        trained = train_model([coded_harvest], codebook=codebook, sources=trigrams, name="ours", progress=progress)
        assert running.workers[0].wait() != 0
    save_model(trained.model, tmp_path / "there")
    assert fitted_parts(tmp_path / "there") == trained_here


def test_work_of_a_worker_that_is_killed_is_done_by_the_other(tmp_path: Path) -> None:
    with dask_cluster(tmp_path, n_workers=2) as running, computing_on(running.address):
        assert work_until_first(running.workers[0].kill) == [0, 1, 2, 3, 4, 5]


def test_a_cluster_that_is_lost_is_told_and_what_to_do(tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path, n_workers=1) as running,
        pytest.raises(ClusterError, match="the cluster was lost while it worked; run"),
        computing_on(running.address),
    ):
        work_until_first(running.scheduler.kill)


def test_text_of_work_that_fails_is_not_in_the_logs(two_workers: DaskCluster) -> None:
    with pytest.raises(ValueError, match=CANARY), computing_on(two_workers.address):
        Parallel(n_jobs=-1)([delayed(refuse)(CANARY)])
    assert "Zqwxvarn" not in two_workers.log()


def test_text_of_work_is_not_in_the_files_of_the_workers(two_workers: DaskCluster) -> None:
    with computing_on(two_workers.address):
        assert Parallel(n_jobs=-1)([delayed(len)(CANARY)]) == [len(CANARY)]
    kept = [path for log in two_workers.logs for path in log.parent.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"Zqwxvarn" in path.read_bytes() for path in kept)


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "10.0.0.5:8786", "cluster.example.org:8786"])
def test_texts_are_not_sent_to_another_machine_unencrypted(address: str) -> None:
    with pytest.raises(ClusterError, match="outcome texts would travel to it unencrypted"), computing_on(address):
        pass


@pytest.mark.parametrize("address", ["", "cluster", "http://127.0.0.1:8786", "tls://10.0.0.5", "tcp://[::1", "a:b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with (
        pytest.raises(ClusterError, match="is not the address of a Dask scheduler; write it as"),
        computing_on(address),
    ):
        pass


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as closed_at_once:
        address = f"127.0.0.1:{closed_at_once.getsockname()[1]}"
    with pytest.raises(ClusterError, match="no Dask scheduler answers there within 1 seconds"), computing_on(address):
        pass


def test_a_scheduler_without_workers_is_told(tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path, n_workers=0) as running,
        pytest.raises(ClusterError, match="has no workers; start one with: dask worker tcp://127"),
        computing_on(running.address),
    ):
        pass


def test_workers_with_other_versions_are_refused(two_workers: DaskCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    here = importlib.metadata.version
    monkeypatch.setattr(cluster, "version", lambda name: "1.7.0" if name == "scikit-learn" else here(name))
    told = f"2 workers would compute otherwise: scikit-learn {here('scikit-learn')} instead of 1.7.0; install there"
    with pytest.raises(ClusterError, match=told), computing_on(two_workers.address):
        pass


def test_what_to_install_is_told_where_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ClusterError, match=r"install it with: pip install 'outcome-coder\[cluster\]'"),
        computing_on("127.0.0.1:8786"),
    ):
        pass


def test_work_is_sent_to_a_worker_that_is_alone(tmp_path: Path) -> None:
    with dask_cluster(tmp_path, n_workers=1) as running, computing_on(running.address):
        assert set(Parallel(n_jobs=-1)(delayed(os.getpid)() for _ in range(3))) == {running.workers[0].pid}


def test_large_work_is_sent_without_a_warning_about_dask(
    two_workers: DaskCluster, recwarn: pytest.WarningsRecorder
) -> None:
    with computing_on(two_workers.address):
        assert Parallel(n_jobs=-1)([delayed(len)(bytes(11_000_000))]) == [11_000_000]
    assert [str(warning.message) for warning in recwarn] == []


def test_results_come_in_the_order_of_the_work(two_workers: DaskCluster) -> None:
    with computing_on(two_workers.address):
        squares = Parallel(n_jobs=-1, return_as="generator")(delayed(np.square)(n) for n in range(20))
        assert list(squares) == [n * n for n in range(20)]
