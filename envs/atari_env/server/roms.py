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
    if game not in roms.get_all_rom_ids():
        known = [name for name in roms.get_all_rom_ids() if _is_supported(_path(name))]
        near = difflib.get_close_matches(game.lower().replace("-", "_").replace(" ", "_"), known, n=3, cutoff=0.5)
        hint = (
            f"did you mean {', '.join(near)}?" if near else f"there are {len(known)}, from {min(known)} to {max(known)}"
        )
        raise ValueError(f"there is no game {game!r:.80}; {hint}")
    path = _path(game)
    if not _is_supported(path):
        raise ValueError(f"{game} is for several players only, which the engine does not play")
    return path


def _path(game: str) -> Path:
    path = roms.get_rom_path(game)
    assert path is not None  # it is among the known ones
    return Path(path)


def _is_supported(path: Path) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ALEInterface.isSupportedROM(path) is not None
