"""Random numbers by address: a draw is looked up, never consumed in turn.

Each (seed, replication, purpose, attempt, step) has a key, a hash of the address; the draw of a problem is a hash of
that key and the problem's number. So what one part of the simulation asks for never moves what another part gets,
whoever else asks, and two policies meet the same customers.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32] | NDArray[np.int64]

BLOCK = 8192
"""Problems looked up at a time: few enough for the processor's nearest memory."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


class Draws:
    """The random numbers of one replication."""

    def __init__(self, seed: int, replication: int, numbers: NDArray[np.int64] | None = None) -> None:
        self._seed, self._replication, self._numbers = seed, replication, numbers
        self._root = f"{seed}:{replication}"

    def numbered(self, numbers: NDArray[np.int64] | None) -> Draws:
        """The same random numbers for problems that keep their own numbers, whoever else there is: who asks for problem
        i is given those of `numbers[i]`; `None` leaves it at i.
        """
        return Draws(self._seed, self._replication, numbers)

    def generator(self, purpose: str) -> np.random.Generator:
        """A generator of its own for what has no problems to be numbered by, such as arrivals; asked twice, it starts
        anew.
        """
        return np.random.Generator(np.random.Philox(key=self._key(purpose, 0, 0, 16)))

    def uniform(self, problems: int | IntArray, purpose: str, attempt: int = 0, step: int = 0) -> FloatArray:
        """The uniforms in [0, 1) of some problems at an address: of those with the given numbers, or of the first so
        many.

        Output number `problem` + 1 of SplitMix64 (Steele, Lea and Flood, 2014) started at the address's key: a
        generator whose state is a counter, so any output can be had alone. 53 bits.
        """
        key = np.uint64(self._key(purpose, attempt, step, 8))
        if self._numbers is not None:
            problems = self._numbers[:problems] if isinstance(problems, int) else self._numbers[problems]
        many = problems if isinstance(problems, int) else problems.size
        drawn = np.empty(many)
        buffer = np.empty((2, min(many, BLOCK)), dtype=np.uint64)
        with np.errstate(over="ignore"):
            for begin in range(0, many, BLOCK):
                z, shifted = buffer[:, : min(BLOCK, many - begin)]
                end = begin + z.size
                z[:] = np.arange(begin, end, dtype=np.uint64) if isinstance(problems, int) else problems[begin:end]
                z += np.uint64(1)
                z *= _STEP
                z += key
                z ^= np.right_shift(z, np.uint64(30), out=shifted)
                z *= _FIRST
                z ^= np.right_shift(z, np.uint64(27), out=shifted)
                z *= _SECOND
                z ^= np.right_shift(z, np.uint64(31), out=shifted)
                z >>= np.uint64(11)
                np.multiply(z, _TO_UNIT, out=drawn[begin:end])
        return drawn

    def open_uniform(self, problems: int | IntArray, purpose: str, attempt: int = 0, step: int = 0) -> FloatArray:
        """Like `uniform`, never exactly 0: fit for quantile functions that are infinite there."""
        return np.maximum(self.uniform(problems, purpose, attempt, step), 2.0**-54)

    def _key(self, purpose: str, attempt: int, step: int, octets: int) -> int:
        address = f"{self._root}:{purpose}:{attempt}:{step}".encode()
        return int.from_bytes(hashlib.blake2b(address, digest_size=octets).digest(), "little")
