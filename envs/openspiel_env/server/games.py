"""Games: from a name and parameters to a game of the engine, without letting it end the process."""

from __future__ import annotations

import difflib
import functools
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pyspiel

REHEARSAL_S = 10.0
"""How long a game may take to be loaded and played a little, in a process of its own."""

_NOISY = "add_noise"
"""A game that draws as it is asked: what one episode is told would change what another one is."""

_LONGEST, _DEEPEST = 1_000, 8
"""Characters of a name, and games within each other. The engine's parser takes any, and dies of some."""

ENGINE_ERRORS = (pyspiel.SpielError, ValueError, TypeError, LookupError, MemoryError, RuntimeError)


def load(wanted: Mapping[str, Any]) -> pyspiel.Game:
    """The game of what ``parameters`` and ``seeded`` return. One that draws random numbers itself is always another
    object, which begins with the first of them."""
    spelled = json.dumps(wanted, sort_keys=True)
    game = _loaded(spelled)
    return game if is_shared(game) else _load(wanted)


def is_shared(game: pyspiel.Game) -> bool:
    """Episodes may share the object, since it remembers nothing of them."""
    return not is_sampled(game) and _NOISY not in str(game)


def is_sampled(game: pyspiel.Game) -> bool:
    """The game draws random numbers itself, instead of saying what may come out."""
    return bool(game.get_type().chance_mode == pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC)


def seeded(wanted: dict[str, Any], seed: int) -> dict[str, Any]:
    """The parameters of a game that draws random numbers itself, with this ``rng_seed`` wherever none is given, in the
    games within too."""
    specification = _types()[wanted["name"]].parameter_specification
    changed: dict[str, Any] = {
        key: seeded(value, seed) if isinstance(value, dict) else value for key, value in wanted.items()
    }
    if "rng_seed" in specification:
        changed["rng_seed"] = max(changed.get("rng_seed", 0), 0) or seed
    return changed


def rehearse(wanted: Mapping[str, Any], *, within_s: float = REHEARSAL_S) -> None:
    """ValueError where the engine does not survive these parameters.

    It checks few of them: some make it crash, or loop. So those that are not the defaults are tried, once, in a
    process of their own.
    """
    if len(wanted) > 1:
        problem = _rehearsed(json.dumps(wanted, sort_keys=True), within_s)
        if problem is not None:
            raise ValueError(f"{wanted['name']} cannot be played with these parameters: {problem}")


def parameters(name: Any, params: Any) -> dict[str, Any]:
    """All that says which game it is, as the engine takes it: ``name`` beside the parameters. ValueError where that
    cannot be a game."""
    if not isinstance(name, str) or not isinstance(params, Mapping):
        raise ValueError("a game is a name, and its parameters are a mapping")
    return _checked({**_parsed(name), **{str(key): value for key, value in params.items() if key != "name"}})


def _parsed(text: str) -> dict[str, Any]:
    if "(" not in text:
        return {"name": text}
    if len(text) > _LONGEST or text.count("(") > _DEEPEST:
        raise ValueError(f"{text!r:.80} is too long, or has more than {_DEEPEST} games within each other")
    if text.count("(") != text.count(")") or not text.endswith(")"):
        raise ValueError(f"{text!r:.80} is no game: its parentheses do not match")
    try:
        return dict(pyspiel.game_parameters_from_string(text))
    except ENGINE_ERRORS as error:
        raise ValueError(f"{text!r:.80} is no game: {error}") from error


def _checked(wanted: dict[str, Any], *, depth: int = 0) -> dict[str, Any]:
    name = wanted.get("name", "")
    kind = _types().get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(_unknown(str(name)))
    if depth > _DEEPEST:
        raise ValueError(f"there are more than {_DEEPEST} games within each other")
    if kind.action_structs_only:
        raise ValueError(f"{kind.short_name} takes structured actions, which have no numbers")
    checked = {"name": kind.short_name}
    for key, value in wanted.items():
        if key != "name":
            checked[key] = _parameter(kind, key, value, depth=depth)
    if not kind.default_loadable and len(checked) == 1:
        raise ValueError(f"{kind.short_name} needs parameters: {', '.join(sorted(kind.parameter_specification))}")
    return checked


def _parameter(kind: pyspiel.GameType, key: str, value: Any, *, depth: int) -> Any:
    specification = kind.parameter_specification
    if key not in specification:
        known = ", ".join(sorted(specification)) or "none"
        raise ValueError(f"{kind.short_name} has no parameter {key!r:.80}; it has: {known}")
    if _is_file(key) and value:
        raise ValueError(f"{key} of {kind.short_name} is a file, and games are played without")
    default = specification[key]
    if isinstance(default, dict) and isinstance(value, (str, Mapping)):
        return _checked(_parsed(value) if isinstance(value, str) else dict(value), depth=depth + 1)
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if isinstance(default, str) and type(value) is int:  # as which the engine's notation is read
        return str(value)
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError(f"{key} of {kind.short_name} is longer than {_LONGEST} characters")
    if type(value) is not type(default) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{key} of {kind.short_name} is {type(default).__name__}, as {default!r}; not {value!r:.80}")
    return value


def _unknown(name: str) -> str:
    known = [kind.short_name for kind in _types().values() if _is_played(kind)]
    near = difflib.get_close_matches(name[:80], known, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"there are {len(known)}, from {min(known)} to {max(known)}"
    return f"there is no game {name!r:.80}; {hint}"


def _is_played(kind: pyspiel.GameType) -> bool:
    needs_files = not kind.default_loadable and any(map(_is_file, kind.parameter_specification))
    return not (kind.action_structs_only or needs_files)


def _is_file(parameter: str) -> bool:
    return parameter.endswith(("file", "filename", "_root"))


@functools.cache
def _types() -> dict[str, pyspiel.GameType]:
    return {kind.short_name: kind for kind in pyspiel.registered_games()}


@functools.lru_cache(maxsize=64)
def _loaded(spelled: str) -> pyspiel.Game:
    return _load(json.loads(spelled))


def _load(wanted: Mapping[str, Any]) -> pyspiel.Game:
    try:
        return pyspiel.load_game(wanted["name"], {key: value for key, value in wanted.items() if key != "name"})
    except ENGINE_ERRORS as error:
        raise ValueError(f"the engine refuses {dict(wanted)}: {error}") from error


@functools.lru_cache(maxsize=1024)
def _rehearsed(spelled: str, within_s: float) -> str | None:
    """What goes wrong with a game, or None."""
    command = [sys.executable, "-m", "openspiel_env.server.rehearsal", spelled]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within_s, check=False
        )
    except subprocess.TimeoutExpired:
        return f"the engine does not come to an end with it within {within_s:g} s"
    if done.returncode < 0:
        return f"the engine dies of it (signal {-done.returncode})"
    return None if done.returncode == 0 else done.stdout.strip() or "the engine fails"
