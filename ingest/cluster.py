"""Many machines: apply a function to chunks of articles on a Dask cluster, with few chunks submitted at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from kg.errors import IibunError

_LOG = logging.getLogger(__name__)
RETRIES = 3  #: times that a chunk is given to another worker after its worker died
AHEAD = 3  #: chunks per worker thread that are submitted at a time

Item = TypeVar("Item")
Result = TypeVar("Result")


class NoCluster(IibunError):
    """There is no Dask scheduler at the address, it has no workers, or Dask is not installed."""


def map_chunks(
    groups: Iterable[Item],
    address: str,
    work: Callable[[Item], Result],
    *,
    patience: float = 30.0,
) -> Iterator[tuple[Item, Result | None, str | None]]:
    """Apply ``work`` to each group on a Dask cluster, and yield the results as they come.

    If a worker is lost, its groups go to others, up to three times. So ``work`` must have the same effect when it runs
    twice.

    Args:
        groups: such as chunks of articles (:func:`ingest.batch.chunks`); taken only as fast as the cluster works.
        address: of the scheduler, such as ``tcp://127.0.0.1:8786``.
        work: a function that can be pickled; it runs in the workers.
        patience: seconds to wait for the scheduler and its first worker.

    Yields:
        The group with its result and None, or with None and the error in words.

    Raises:
        NoCluster: if it cannot be reached.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise NoCluster("Dask is not installed; `pip install iibun[cluster]` brings it.") from None
    try:
        client = Client(address, timeout=patience, set_as_default=False)
        client.wait_for_workers(1, timeout=patience)
    except (OSError, ValueError, TimeoutError) as error:
        raise NoCluster(f"There is no Dask scheduler with workers at {address}: {str(error)[:80]}.") from None
    with client:
        waiting = iter(groups)
        under_way: dict[Any, Item] = {}
        finished: Any = as_completed(loop=client.loop)

        def fill() -> None:
            """Submit groups until each thread has :data:`AHEAD`."""
            room = max(2, sum(client.nthreads().values())) * AHEAD
            while len(under_way) < room and (group := next(waiting, None)) is not None:
                future = client.submit(work, group, pure=False, retries=RETRIES)
                under_way[future.key] = group
                finished.add(future)

        fill()
        while under_way:
            future = next(finished)
            group = under_way.pop(future.key)
            try:
                yield group, future.result(), None
            except Exception as error:  # an error of one group must not stop the others
                yield group, None, f"{type(error).__name__}: {str(error)[:160]}"
            fill()
