"""Who simulates: processes of this machine, or somebody's cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterAt:
    """The address of a Dask scheduler."""

    address: str


Workers = int | ClusterAt | Executor | None
"""So many processes, a cluster, or somebody's executor; `None`: one process for each processor."""


@contextmanager
def hands(workers: Workers) -> Iterator[int | Executor]:
    """What does the work, as long as the block lasts. Raises `InputError` where a cluster cannot be used."""
    if isinstance(workers, ClusterAt):
        from ...simulator.cluster import cluster

        with cluster(workers.address) as executor:
            yield executor
        return
    from ...simulator.executors import default_workers

    yield default_workers() if workers is None else workers
