"""Work shared with a Dask cluster: folds and parts computed by joblib's backends, on this machine by default."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from classifier.errors import OutcomeCoderError
from classifier.network_address import is_loopback
from classifier.wording import counted

if TYPE_CHECKING:
    from distributed import Client

_ANSWER_S = 10
_SETTINGS = {"distributed.admin.large-graph-warning-threshold": "1GB"}  # a fold of the sample is sent in 13 MB
_CONNECTED = "running"  # status of a client
_FIGURES_DEPEND_ON = ("outcome-coder", "numpy", "scipy", "scikit-learn", "joblib", "tokenizers", "py3langid")


class ClusterError(OutcomeCoderError):
    """A cluster can't be used, or was lost."""


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of a cluster that joblib shares work with."""

    client: Client

    @contextmanager
    def holding(self, value: object) -> Iterator[str]:
        """Let each worker hold a value, those that join later too; yield the name for `worker_values.held_value`."""
        from classifier.worker_values import HeldValue

        name = f"outcome-coder-{uuid4().hex}"
        self.client.register_plugin(HeldValue(value), name)
        try:
            yield name
        finally:
            if self.client.status == _CONNECTED:
                self.client.unregister_worker_plugin(name)  # type: ignore[no-untyped-call]


@contextmanager
def computing_on(address: str | None) -> Iterator[Workers | None]:
    """Let joblib share what is computed in parallel with the workers of a Dask scheduler, if one is named.

    Outcome texts travel to the workers; so they do encrypted (``tls://``), unless the scheduler is on this machine.

    Parameters
    ----------
    address : str or None
        Such as ``tls://10.0.0.5:8786``; None computes on this machine, and then None is yielded.

    Raises
    ------
    ClusterError
        If `distributed` is not installed, the address is none or is not encrypted, no scheduler or no worker answers,
        a worker has other versions of what figures depend on, or the cluster is lost meanwhile.
    """
    if address is None:
        yield None
        return
    where = _checked(address)
    try:
        from dask import config
        from distributed import Client, KilledWorker
        from joblib import parallel_config
    except ImportError as error:
        raise ClusterError(
            "--cluster needs the package distributed; install it with: pip install 'outcome-coder[cluster]'"
        ) from error
    try:
        client = Client(where, timeout=_ANSWER_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, RuntimeError) as error:
        raise ClusterError(
            f"{address}: no Dask scheduler answers there within {_ANSWER_S} seconds; check the address, and for "
            "tls:// the certificates in Dask's configuration"
        ) from error
    lost = ClusterError(
        f"{address}: the cluster was lost while it worked; run the command again, or without --cluster on this machine"
    )
    with client, config.set(_SETTINGS):
        _check_workers(client, address)
        try:
            with parallel_config("dask", client=client) as chosen:
                _send_to_one_worker_too(chosen["backend"])
                yield Workers(client)
        except Exception as error:
            if client.status == _CONNECTED and not isinstance(error, KilledWorker):
                raise
            raise lost from error
        # What joblib returns for work that was cancelled is no result, and it does not say so.
        if client.status != _CONNECTED:
            raise lost


def _send_to_one_worker_too(backend: Any) -> None:  # noqa: ANN401 - joblib has no types
    """Let joblib send work to a lone worker with one thread too; by itself it would do that work here."""
    n_at_once = backend.effective_n_jobs
    backend.effective_n_jobs = lambda n_jobs: max(2, n_at_once(n_jobs))


def _checked(address: str) -> str:
    """Check that an address is of a scheduler to which texts may be sent."""
    where = address if "://" in address else f"tcp://{address}"
    try:
        parts = urlsplit(where)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    scheme = where.partition("://")[0]
    if not host or port is None or scheme not in ("tcp", "tls"):
        raise ClusterError(
            f"{address!r} is not the address of a Dask scheduler; write it as tls://HOST:PORT, or on this machine "
            "127.0.0.1:PORT"
        )
    if scheme == "tcp" and not is_loopback(host):
        raise ClusterError(
            f"{address}: outcome texts would travel to it unencrypted; start the scheduler and its workers with "
            "certificates, and name it as tls://HOST:PORT"
        )
    return where


def _versions() -> dict[str, str]:
    """Look up, on a worker, the versions of what figures depend on."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in _FIGURES_DEPEND_ON},
    }


def _check_workers(client: Client, address: str) -> None:
    try:
        by_worker: dict[str, dict[str, str]] = client.run(_versions)
    except Exception as error:
        raise ClusterError(
            f"{address}: a worker can't load outcome-coder ({type(error).__name__}); install there what is installed "
            "here"
        ) from error
    if not by_worker:
        raise ClusterError(f"{address}: the scheduler has no workers; start one with: dask worker {address}")
    here = _versions()
    others = {
        f"{name} {found[name]} instead of {here[name]}"
        for found in by_worker.values()
        for name in here
        if found[name] != here[name]
    }
    if others:
        n_others = sum(found != here for found in by_worker.values())
        raise ClusterError(
            f"{address}: {counted(n_others, 'worker')} would compute otherwise: {', '.join(sorted(others))}; install "
            "there what is installed here"
        )
