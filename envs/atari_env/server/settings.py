"""Settings: environment variables, under the names that the reference gives them, as options."""

import os
from collections.abc import Callable
from typing import Any

from atari_env.server.options import Options

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def _flag(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() in _TRUE


_VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ATARI_GAME": ("game", str),
    "ATARI_OBS_TYPE": ("obs_type", str),
    "ATARI_FULL_ACTION_SPACE": ("full_action_space", _flag),
    "ATARI_MODE": ("mode", int),
    "ATARI_DIFFICULTY": ("difficulty", int),
    "ATARI_REPEAT_ACTION_PROB": ("repeat_action_probability", float),
    "ATARI_FRAMESKIP": ("frameskip", int),
}


def options_of_the_process() -> dict[str, Any]:
    """What the variables say that are not empty. ValueError names one that says nothing of use."""
    options = {}
    for variable, (name, convert) in _VARIABLES.items():
        text = os.environ.get(variable, "").strip()
        if text:
            try:
                options[name] = convert(text)
                Options(**{name: options[name]})  # which is checked here, where the variable can be named
            except ValueError as error:
                raise ValueError(f"{variable}: {error}") from error
    return options
