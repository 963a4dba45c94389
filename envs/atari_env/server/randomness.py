"""Random numbers: those that the engine draws for sticky actions, as its states hold them."""

import struct

import numpy as np
from ale_py import ALEState

_HEAD, _TAIL = 24, 8
_LENGTH = struct.Struct("<i")


def with_random_numbers(state: ALEState, seed: int) -> ALEState:
    """A state (``cloneState(include_rng=True)``) with the generator that a fresh load with this ``random_seed`` has: a
    ``std::mt19937``, whose 624 words and position stand at the end as text. ``seed`` is from 0 to 2**31 - 1."""
    whole = state.serialize()
    machine = whole[_HEAD + _LENGTH.size : -_TAIL].rstrip(b"0123456789 ")[: -_LENGTH.size]
    numbers = _fresh(seed)
    inner = machine + _LENGTH.pack(len(numbers)) + numbers
    return ALEState(whole[:_HEAD] + _LENGTH.pack(len(inner)) + inner + whole[-_TAIL:])


def _fresh(seed: int) -> bytes:
    """None of the first 624 numbers is drawn yet."""
    words = np.random.RandomState(seed).get_state(legacy=False)["state"]["key"]
    return b" ".join(b"%d" % word for word in words.tolist()) + b" 624"
