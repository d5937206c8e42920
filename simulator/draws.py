"""Random numbers by address: a draw is looked up, never consumed in turn.

Each (seed, replication, purpose, attempt, step) has a counter-based generator of its own, keyed by a hash of the
address. So what
one part of the simulation asks for never moves what another part gets, and two policies meet the same customers.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Draws:
    """The random numbers of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        self._root = f"{seed}:{replication}"

    def generator(self, purpose: str, attempt: int = 0, step: int = 0) -> np.random.Generator:
        """The generator at an address; asked twice, it starts anew."""
        address = f"{self._root}:{purpose}:{attempt}:{step}".encode()
        key = int.from_bytes(hashlib.blake2b(address, digest_size=16).digest(), "little")
        return np.random.Generator(np.random.Philox(key=key))

    def uniform(self, size: int, purpose: str, attempt: int = 0, step: int = 0) -> FloatArray:
        """The whole population's uniforms in [0, 1) at an address: one for each problem, in order of problem."""
        return self.generator(purpose, attempt, step).random(size)

    def open_uniform(self, size: int, purpose: str, attempt: int = 0, step: int = 0) -> FloatArray:
        """Like `uniform`, never exactly 0: fit for quantile functions that are infinite there."""
        return np.maximum(self.uniform(size, purpose, attempt, step), 2.0**-54)
