"""Snapshots: an episode as bytes. They hold its moves, which are made again, and not the engine's serialisation: that
brings mean-field games back with other returns, and some games that have parameters not at all."""

from __future__ import annotations

from typing import Any

import msgspec

from openspiel_env.server.episode import Episode
from openspiel_env.server.setup import Setup


class _Snapshot(msgspec.Struct, array_like=True):
    """``wanted`` has the seed of the game's own random numbers; ``shown`` is the state as text, to compare."""

    game: str
    params: dict[str, Any]
    agent_player: int
    opponent: str
    simulations: int
    wanted: dict[str, Any]
    moves: list[int | list[int]]
    shown: str
    random_numbers: tuple[int, tuple[int, ...], float | None]
    seed: int | None
    episode_id: str | None
    step_count: int
    is_forfeited: bool
    counted: list[float]
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
            wanted=dict(episode.wanted),
            moves=match.moves,
            shown=match.state.to_string(),
            random_numbers=match.rng.getstate(),
            seed=episode.seed,
            episode_id=episode_id,
            step_count=episode.step_count,
            is_forfeited=episode.is_forfeited,
            counted=episode.counted,
            opponent_last_action=match.opponent_last_action,
        )
    )


def restored(snapshot: bytes, setup: Setup) -> tuple[Episode | None, str | None]:
    """The episode and its id. How it is told, and a scripted opponent, come from ``setup``. ValueError where it is no
    snapshot, or the engine does not come to the same state."""
    try:
        kept = _decode(snapshot)
    except msgspec.MsgspecError as error:
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
    episode = Episode(changed, seed=kept.seed, wanted=_same_game(kept, changed))
    match = episode.match
    match.replay(kept.moves)
    if match.state.to_string() != kept.shown:
        raise ValueError("the moves of this snapshot lead to another state here")
    match.rng.setstate(kept.random_numbers)
    match.opponent_last_action = kept.opponent_last_action
    episode.step_count, episode.is_forfeited, episode.counted = kept.step_count, kept.is_forfeited, kept.counted
    return episode, kept.episode_id


def _same_game(kept: _Snapshot, setup: Setup) -> dict[str, Any]:
    """The parameters with the seed that was drawn, which are not to name another game."""
    if kept.wanted.get("name") != setup.wanted["name"]:
        raise ValueError("this is no snapshot: it names two games")
    return kept.wanted
