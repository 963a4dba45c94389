"""Snapshots: an episode as bytes. They hold its actions, which are taken again, and no state of the engine: with its
states some games do not go on exactly, and of one that is not its own it crashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from atari_env.server.emulator import Emulator
from atari_env.server.episode import Episode
from atari_env.server.options import Options

MOST_FRAMES = 2_000_000
"""Nine hours of play, which take two minutes here."""

_Bits32 = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


class Snapshot(msgspec.Struct, array_like=True):
    """``seed`` is text because it may have more than 64 bits; ``digest`` is the engine's, to compare."""

    options: dict[str, Any]
    seed: str
    moves: bytes
    reseeds: list[tuple[int, _Bits32]]
    digest: bytes
    episode_id: str | None


_Kept = tuple[Snapshot | None, _Bits32]
_decode = msgspec.msgpack.Decoder(_Kept).decode


def encoded(episode: Episode | None, episode_id: str | None, *, next_seed: int) -> bytes:
    """What ``decoded`` takes; also where there is no episode yet. ValueError after ``MOST_FRAMES``."""
    if episode is None:
        return msgspec.msgpack.encode((None, next_seed))
    if (frames := episode.emulator.ale.getEpisodeFrameNumber()) > MOST_FRAMES:
        raise ValueError(f"an episode of {frames} frames is too long; snapshots have at most {MOST_FRAMES}")
    snapshot = Snapshot(
        options=episode.options.dump(),
        seed=str(episode.seed),
        moves=bytes(episode.moves),
        reseeds=episode.reseeds,
        digest=episode.emulator.digest(),
        episode_id=episode_id,
    )
    return msgspec.msgpack.encode((snapshot, next_seed))


def decoded(data: bytes) -> _Kept:
    """The episode, if there was one, and the seed of the next. ValueError where it is no snapshot."""
    try:
        kept: _Kept = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"this is no snapshot: {error}") from error
    return kept


def restored(snapshot: Snapshot, load: Callable[[Options], Emulator]) -> Episode:
    """The episode, its actions taken again on what ``load`` gives. ValueError where they cannot be, or where the engine
    does not come to the same state."""
    options = Options().changed(snapshot.options)
    last = len(snapshot.moves)
    if (last - 1) * options.frameskip > MOST_FRAMES:
        raise ValueError(f"this snapshot is too long; they have at most {MOST_FRAMES} frames")
    if not all(0 <= moment <= last for moment, _ in snapshot.reseeds) or len(snapshot.reseeds) > last + 1:
        raise ValueError("this is no snapshot: it changes random numbers at a time that there is not")
    episode = Episode(options, load(options), seed=int(snapshot.seed))
    episode.begin()
    episode.replay(snapshot.moves, snapshot.reseeds)
    if episode.emulator.digest() != snapshot.digest:
        raise ValueError("the actions of this snapshot lead to another state here")
    return episode
