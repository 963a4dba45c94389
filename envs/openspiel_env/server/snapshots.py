"""Snapshots: an episode as bytes. They hold its moves, which are made again, and not the engine's serialisation: that
brings mean-field games back with other returns, and some games that have parameters not at all."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from openspiel_env.server.episode import Episode
from openspiel_env.server.setup import Setup


class _Snapshot(msgspec.Struct, array_like=True):
    """``drawn`` is the seed of the game's own random numbers; ``shown`` is the state as text, to compare. ``seed`` is
    text because it may have more than 64 bits."""

    game: str
    params: dict[str, Any]
    agent_player: int
    opponent: str
    simulations: int
    drawn: Annotated[int, msgspec.Meta(ge=0, lt=1 << 30)] | None
    moves: list[int | list[int]]
    shown: str
    random_numbers: tuple[int, tuple[int, ...], float | None]
    seed: str | None
    episode_id: str | None
    step_count: Annotated[int, msgspec.Meta(ge=0)]
    forfeited_by: Annotated[int, msgspec.Meta(ge=0)] | None
    opponent_last_action: int | None


_decode = msgspec.msgpack.Decoder(_Snapshot | None).decode


def taken(episode: Episode | None, episode_id: str | None) -> bytes:
    """What ``restored`` takes; also where there is no episode yet."""
    if episode is None:
        return msgspec.msgpack.encode(None)
    setup, match = episode.setup, episode.match
    return msgspec.msgpack.encode(
        _Snapshot(
            game=setup.game,
            params=dict(setup.params),
            agent_player=setup.agent_player,
            opponent=setup.opponent,
            simulations=setup.simulations,
            drawn=episode.drawn,
            moves=match.moves,
            shown=match.state.to_string(),
            random_numbers=match.rng.getstate(),
            seed=None if episode.seed is None else str(episode.seed),
            episode_id=episode_id,
            step_count=episode.step_count,
            forfeited_by=episode.forfeited_by,
            opponent_last_action=match.opponent_last_action,
        )
    )


def restored(snapshot: bytes, setup: Setup) -> tuple[Episode | None, str | None]:
    """The episode and its id. How it is told, and a scripted opponent, come from ``setup``. ValueError where it is no
    snapshot, or the engine does not come to the same state."""
    try:
        kept = _decode(snapshot)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"this is no snapshot: {error}") from error
    if kept is None:
        return None, None
    changed = setup.changed(
        game=kept.game,
        params=kept.params,
        agent_player=kept.agent_player,
        opponent=kept.opponent,
        simulations=kept.simulations,
    )
    if kept.forfeited_by is not None and kept.forfeited_by >= changed.num_players:
        raise ValueError("this is no snapshot: it is lost by a player that there is not")
    if changed.table.is_sampled != (kept.drawn is not None):
        raise ValueError("this is no snapshot: it has random numbers of another game")
    episode = Episode(changed, seed=None if kept.seed is None else int(kept.seed), drawn=kept.drawn)
    match = episode.match
    match.replay(kept.moves)
    if match.state.to_string() != kept.shown:
        raise ValueError("the moves of this snapshot lead to another state here")
    try:
        match.rng.setstate(kept.random_numbers)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("this is no snapshot: its random numbers are none") from error
    match.opponent_last_action = kept.opponent_last_action
    episode.go_on(step_count=kept.step_count, forfeited_by=kept.forfeited_by)
    return episode, kept.episode_id
