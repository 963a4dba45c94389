"""Names: the many spellings of an environment's name, and what to say when none of them is known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from openenv.errors import UnknownEnvironment

_DISTRIBUTION_PREFIX = re.compile(r"^openenv[-_. ]+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\W_]+")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def name_key(name: str) -> str:
    """What all spellings of a name share: ``coding-env``, ``coding_env``, ``coding``, ``CodingEnv`` and
    ``openenv-coding-env`` all give ``coding``."""
    return _SEPARATORS.sub("", _DISTRIBUTION_PREFIX.sub("", name.strip())).lower().removesuffix("env")


def canonical_name(name: str) -> str:
    """The spelling that descriptions use: lower case with dashes, ending in ``-env``."""
    words = _WORD_START.sub("-", _DISTRIBUTION_PREFIX.sub("", name.strip()))
    dashed = _SEPARATORS.sub("-", words).strip("-").lower()
    return dashed if dashed.endswith("-env") else f"{dashed}-env"


def unknown_environment(name: str, known: Iterable[str]) -> UnknownEnvironment:
    """The error for a name that none of the ``known`` environments has: it suggests the nearest ones."""
    by_key = {name_key(other): other for other in known}
    nearest = [by_key[key] for key in difflib.get_close_matches(name_key(name), by_key, cutoff=0.5)]
    guess = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
    return UnknownEnvironment(
        f"no installed environment is called {name!r}.{guess} `openenv list` shows what is installed; "
        f"an environment is installed with: pip install openenv-{canonical_name(name)}"
    )
