"""``Setup``: what is played, by whom, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pyspiel

from openenv.registry.loading import load_object
from openspiel_env.server import games, settings
from openspiel_env.server.opponents import Opponent, Script, opponent
from openspiel_env.server.view import View

_OTHER_NAMES = {"game_name": "game", "game_params": "params", "opponent_policy": "opponent"}
"""Those of the reference."""

_NAMES = ("game", "params", "agent_player", "opponent", "simulations")
_MOST_SIMULATIONS = 2**31 - 1


def known(options: Mapping[str, Any]) -> dict[str, Any]:
    """What says what is played, under our names; None says nothing. ValueError where two contradict each other."""
    found: dict[str, Any] = {}
    for name, value in options.items():
        own = _OTHER_NAMES.get(name, name)
        if own in _NAMES and value is not None and found.setdefault(own, value) != value:
            raise ValueError(f"{own} is {found[own]!r:.80}, and under its other name {value!r:.80}")
    return found


@dataclass(frozen=True)
class Table:
    """What an episode is played with."""

    game: pyspiel.Game
    opponent: Opponent | None
    view: View
    is_shared: bool
    is_sampled: bool


@dataclass(frozen=True)
class Setup:
    """``params`` are as they were given; ``wanted`` is all of it as the engine takes it."""

    game: str
    params: Mapping[str, Any]
    agent_player: int
    opponent: str
    simulations: int
    illegal: Literal["error", "forfeit"]
    text: bool
    script: Script | None = None
    wanted: dict[str, Any] = field(default_factory=dict, compare=False)
    num_players: int = field(default=1, compare=False)
    _table: Table | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls,
        *,
        game: str | None,
        params: Mapping[str, Any] | None,
        agent_player: int | None,
        opponent: str | Script | None,
        simulations: int,
        illegal: Literal["error", "forfeit"],
        text: bool,
    ) -> Setup:
        """From an environment's options; what is missing comes from environment variables. ValueError for what
        cannot be."""
        if illegal not in ("error", "forfeit"):
            raise ValueError(f"illegal is {illegal!r:.80}; it must be 'error' or 'forfeit'")
        if not isinstance(text, bool):
            raise ValueError(f"text is {text!r:.80}; it must be true or false")
        script = _script(opponent)
        name = "scripted" if script is not None else opponent or settings.opponent_policy()
        return cls(
            game=game or settings.game_name(),
            params=params or {},
            agent_player=settings.agent_player() if agent_player is None else agent_player,
            opponent=str(name),
            simulations=simulations,
            illegal=illegal,
            text=text,
            script=script,
        ).checked()

    def changed(self, **given: Any) -> Setup:
        """Another one where something is given: ``game``, ``params``, ``agent_player``, ``opponent``, ``simulations``,
        or their ``known`` other names. Parameters are those of one game, so that another game has its own defaults."""
        changes = known(given)
        if changes.get("game", self.game) != self.game:
            changes.setdefault("params", {})
        return replace(self, **changes).checked() if changes else self

    def checked(self) -> Setup:
        """With ``wanted`` and ``num_players``. ValueError for what cannot be played."""
        wanted = games.parameters(self.game, self.params)
        games.rehearse(wanted)
        game = games.load(wanted)
        players = int(game.num_players())
        if type(self.agent_player) is not int or not 0 <= self.agent_player < players:
            name, last = wanted["name"], players - 1
            raise ValueError(f"agent_player is {self.agent_player!r:.80}; the players of {name} are 0 to {last}")
        if not isinstance(self.opponent, str):
            raise ValueError("opponent is the name of one")
        if type(self.simulations) is not int or not 1 <= self.simulations <= _MOST_SIMULATIONS:
            raise ValueError(f"simulations is {self.simulations!r:.80}; it must be from 1 to {_MOST_SIMULATIONS}")
        return replace(self, wanted=wanted, num_players=players, _table=self._set_table(game))

    @property
    def table(self) -> Table:
        """Where episodes take place that may share their game."""
        assert self._table is not None, "it is not checked"
        return self._table

    def table_of(self, wanted: Mapping[str, Any]) -> Table:
        """Another one, for an episode that shares its game with none."""
        return self._set_table(games.load(wanted))

    def _set_table(self, game: pyspiel.Game) -> Table:
        return Table(
            game=game,
            opponent=opponent(self.opponent, game, simulations=self.simulations, script=self.script),
            view=View(game, text=self.text),
            is_shared=games.is_shared(game),
            is_sampled=games.is_sampled(game),
        )

    def told(self) -> dict[str, Any]:
        """What the state says of it."""
        return {
            "game_name": self.wanted["name"],
            "game_params": {name: value for name, value in self.wanted.items() if name != "name"},
            "agent_player": self.agent_player,
            "opponent_policy": self.opponent,
            "num_players": self.num_players,
        }


def _script(opponent: str | Script | None) -> Script | None:
    found: Any = load_object(opponent) if isinstance(opponent, str) and ":" in opponent else opponent
    if found is None or isinstance(found, str):
        return None
    if not callable(found):
        raise ValueError(f"opponent is {opponent!r:.80}; it must be a name or a function")
    script: Script = found
    return script
