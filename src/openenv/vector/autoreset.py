"""Autoreset: what becomes of an episode that has ended, in Gymnasium's words."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class AutoresetMode(StrEnum):
    """When the next episode begins (Gymnasium, ``gymnasium.vector.AutoresetMode``; its values are taken too)."""

    NEXT_STEP = "NextStep"
    """With the next step, whose action is not looked at, and whose reward is 0."""
    SAME_STEP = "SameStep"
    """At once: the observation is the new episode's first, and the last one is ``infos["final_obs"]``."""
    DISABLED = "Disabled"
    """When ``reset`` is called for it."""

    @classmethod
    def of(cls, mode: Any) -> AutoresetMode:
        """From its name, its value, or Gymnasium's own. ValueError for anything else."""
        word = getattr(mode, "value", mode)
        for known in cls:
            if word == known or (isinstance(word, str) and word.upper() == known.name):
                return known
        names = ", ".join(known.name for known in cls)
        raise ValueError(f"there is no autoreset mode {mode!r}; write one of {names}")
