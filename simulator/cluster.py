"""Somebody's cluster as an executor: the workers of a Dask scheduler (the extra `dask`)."""

from __future__ import annotations

import gc
import logging
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError, Problem
from ..version import VERSION
from .executors import LOOK_S, Parcel, WorkersGone

CONNECT_S = 10
"""Seconds after which nobody is taken to listen at an address."""


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """The workers of the Dask scheduler at an address such as `tcp://10.0.0.7:8786`, as they are now and may become.

    Raises `InputError` where nobody listens there within ten seconds, where it has no workers, or where they do not
    have this version of the package.
    """
    try:
        dask: Any = import_module("distributed")
    except ImportError:
        raise _refused(address, "a cluster needs `pip install 'deskdrill[dask]'`, here and on its workers") from None
    # What goes wrong is told in our own line, and nothing else.
    for name in ("distributed", *(each for each in logging.root.manager.loggerDict if each.startswith("distributed."))):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    client = _client(dask, address) if _listens(address) else None
    if client is None:
        message = f"no Dask scheduler answers within {CONNECT_S} seconds; expected an address like tcp://HOST:8786: is "
        message += "`dask scheduler` running there, and does a firewall let this machine in?"
        raise _refused(address, message)
    try:
        _refuse_unfit(address, client)
        yield Cluster(client, address)
    finally:
        client.close(timeout=2)


def _listens(address: str) -> bool:
    """Whether anybody answers at an address within the time. Who accepts a connection has to speak first, as a
    scheduler does: waiting for another would have no end. (By TLS it is the client who does.)
    """
    try:
        found = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = found.hostname, found.port
    except ValueError:
        return False
    if not host or port is None:
        return False
    until = time.monotonic() + CONNECT_S
    while (left := until - time.monotonic()) > 0:
        try:
            with socket.create_connection((host, port), timeout=left) as connection:
                return found.scheme != "tcp" or bool(connection.recv(1))
        except (socket.gaierror, UnicodeError):
            return False
        except OSError:
            time.sleep(min(LOOK_S, left))
    return False


def _client(dask: Any, address: str) -> Any:
    """A client of the scheduler; `None` where what listens is none."""
    with suppress(OSError, ValueError, TypeError):
        return dask.Client(address, timeout=CONNECT_S, set_as_default=False)
    # A client that was half made ends here, rather than whenever it is found, perhaps while the next one is made: each
    # would wait for the other.
    gc.collect()
    return None


class Cluster(Executor):
    """A Dask client as an executor, which sends a parcel to each worker once, and tells a worker that is lost again and
    again by a `BrokenExecutor`.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._executor, self._address = client, client.get_executor(pure=False), address
        self._sent: dict[str, Any] = {}

    @property
    def hands(self) -> int:
        """Jobs that can be done at the same time."""
        return max(1, int(sum(self._client.nthreads().values())))

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As any executor does; a `Parcel` among `args` stays on the workers for the next time."""
        inner = self._executor.submit(task, *(self._at_workers(each) for each in args), **kwargs)
        outer = Future[Any]()
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(lambda done: self._pass_on(done, outer))
        return outer

    def _pass_on(self, inner: Future[Any], outer: Future[Any]) -> None:
        if inner.cancelled():
            error: BaseException | None = WorkersGone(self._address, "the scheduler has gone, and its workers with it")
        else:
            error = inner.exception()
            if isinstance(error, import_module("distributed").KilledWorker):
                error = BrokenExecutor(str(error))
        # Who asked for it may have cancelled it meanwhile.
        with suppress(InvalidStateError):
            if error is not None:
                outer.set_exception(error)
            else:
                outer.set_result(inner.result())

    def _at_workers(self, value: Any) -> Any:
        if not isinstance(value, Parcel):
            return value
        if value.digest not in self._sent:
            # As the result of a task it is made again where the worker that held it is lost.
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sending large graph")
                self._sent[value.digest] = self._client.submit(_same, value, key=f"deskdrill-{value.digest}")
        return self._sent[value.digest]


def _same(value: Any) -> Any:
    return value


def _refuse_unfit(address: str, client: Any) -> None:
    if not client.nthreads():
        raise _refused(address, f"this scheduler has no workers; start one with `dask worker {address}`")
    try:
        versions = client.run(_version_here)
    except Exception as error:
        # What a worker cannot import comes back as an `Exception` that says so.
        if "No module named" not in str(error):
            raise
        raise _refused(address, f"its workers have no deskdrill; they need {VERSION}, as here") from None
    for worker, version in versions.items():
        if version != VERSION:
            raise _refused(worker, f"this worker has deskdrill {version}, and needs {VERSION}, as here")


def _version_here() -> str:
    return VERSION


def _refused(address: str, message: str) -> InputError:
    return InputError(Problem(address, message))
