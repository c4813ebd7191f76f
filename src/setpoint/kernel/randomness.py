"""Replayable randomness: a number in [0, 1) that depends on nothing but a key and an id.

The same campaign, round and customer draw the same number on every machine and in every order, so
decisions can be replayed byte for byte. The mixing function is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)
over the xor of the id and a BLAKE2 hash of the key.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def seed_of(*key: object) -> int:
    """A 64-bit seed of a key, stable across processes and versions."""
    text = "\x1f".join(str(part) for part in key)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def generator(*key: object) -> np.random.Generator:
    """A NumPy generator that always starts from the same state for the same key."""
    return np.random.Generator(np.random.Philox(seed_of(*key)))


def uniforms(ids: npt.ArrayLike, *key: object) -> npt.NDArray[np.float64]:
    """One uniform number in [0, 1) for each id (integers), keyed; shape of `ids`."""
    with np.errstate(over="ignore"):
        mixed = np.asarray(ids).astype(np.uint64) * _GAMMA ^ np.uint64(seed_of(*key))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)
