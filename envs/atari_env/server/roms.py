"""ROMs: which games there are, and where they are."""

import difflib
import functools
import warnings
from pathlib import Path

from ale_py import ALEInterface, LoggerMode, roms

ALEInterface.setLoggerMode(LoggerMode.Error)  # it greets whoever makes one, on stderr


@functools.cache
def rom_path(game: str) -> Path:
    """The file of a game. ValueError names the games whose names are near, and says when a game is for several players
    only: the engine would end the process."""
    known = roms.get_all_rom_ids()
    if game not in known:
        near = difflib.get_close_matches(game.lower().replace("-", "_").replace(" ", "_"), known, n=3, cutoff=0.5)
        hint = (
            f"did you mean {', '.join(near)}?" if near else f"there are {len(known)}, from {min(known)} to {max(known)}"
        )
        raise ValueError(f"there is no game {game!r:.80}; {hint}")
    path = roms.get_rom_path(game)
    assert path is not None  # it is among the known ones
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        supported = ALEInterface.isSupportedROM(path)
    if not supported:
        raise ValueError(f"{game} is for several players only, which the engine does not play")
    return Path(path)
