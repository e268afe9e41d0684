"""Values that each worker of a Dask cluster holds, so that they are not sent with each piece of work."""

from __future__ import annotations

from distributed import WorkerPlugin, get_worker


class HeldValue(WorkerPlugin):
    """A value that the scheduler gives to each worker, those that join later too, before any work."""

    def __init__(self, value: object) -> None:
        self.value = value


def held_value(name: str) -> object:
    """Return, on a worker, the value that it holds by a name; see `classifier.cluster.Workers.holding`."""
    held = get_worker().plugins[name]
    assert isinstance(held, HeldValue)
    return held.value
