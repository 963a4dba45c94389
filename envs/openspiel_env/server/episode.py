"""``Episode``: a match as the agent lives it, with errors, rewards and observations."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Sequence
from typing import Any

from openspiel_env.models import OpenSpielAction, OpenSpielObservation
from openspiel_env.server import games
from openspiel_env.server.match import SIMULTANEOUS, TERMINAL, Match
from openspiel_env.server.setup import Setup
from openspiel_env.server.transition import Transition, columns


class Episode:
    """``begin`` is called once, then ``step``. ``seed`` fixes all that is drawn; without one, ``rng`` draws."""

    def __init__(
        self,
        setup: Setup,
        *,
        seed: int | None,
        rng: random.Random | None = None,
        drawn: int | None = None,
    ) -> None:
        self.setup = setup
        self.seed = None if seed is None else _number_of(seed)
        if self.seed is not None or rng is None:
            rng = random.Random(self.seed)
        table, self.wanted = setup.table, setup.wanted
        if table.is_sampled:
            drawn = rng.getrandbits(30) if drawn is None else drawn
            self.wanted = games.seeded(self.wanted, drawn)
        if not table.is_shared:
            table = setup.table_of(self.wanted)
        self.drawn = drawn
        """The seed of the game's own random numbers, where it draws any."""
        self.match = Match(table.game, agent=setup.agent_player, opponent=table.opponent, rng=rng)
        self.view = table.view
        self.step_count = 0
        self.forfeited_by: int | None = None
        self._counted = [0.0] * setup.num_players
        """The returns that clients have been rewarded for."""
        self._legal: Sequence[int] = ()
        """What the one who is asked may do, where that is known; a copy, since the client was given the list."""

    def begin(self) -> Transition:
        """Up to where somebody is asked."""
        self.match.play_on()
        if self.match.turn == TERMINAL:
            return self._moved(self.setup.agent_player)
        return self._seen(None, [0.0] * self.setup.num_players, returns=self._returns(), phase="initial")

    def step(self, action: OpenSpielAction) -> Transition:
        """Take the action, or say why not."""
        mover = self.mover()
        mistake = self._contradiction(action) or self._mistake(action, mover)
        if mistake is not None:
            return self._refused(mistake)
        illegal = self._illegal(action, mover)
        if illegal is not None:
            return self._refused(illegal[1]) if self.setup.illegal == "error" else self._forfeited(*illegal)
        self._take(action)
        self.step_count += 1
        return self._moved(mover)

    @property
    def is_over(self) -> bool:
        """By the rules, or forfeited."""
        return self.forfeited_by is not None or self.match.turn == TERMINAL

    def go_on(self, *, step_count: int, forfeited_by: int | None) -> None:
        """As after that many steps, of which the moves have been made."""
        self.step_count, self.forfeited_by = step_count, forfeited_by
        if step_count or self.match.turn == TERMINAL:
            self._counted = self.match.state.returns()

    def mover(self) -> int:
        """Whose move is asked for; the agent's where all move at once, and at the end."""
        match = self.match
        return match.turn if match.opponent is None and match.turn >= 0 else self.setup.agent_player

    def observation(self, seen: Transition) -> OpenSpielObservation:
        """The model of what is seen."""
        fields = {name: column[0] for name, column in columns([seen], view=self.view).items()}
        return OpenSpielObservation(reward=seen.reward, done=seen.done, **fields)

    def told(self) -> dict[str, Any]:
        """What the state says of it."""
        return {**self.setup.told(), "step_count": self.step_count, "seed": self.seed}

    def _contradiction(self, action: OpenSpielAction) -> str | None:
        """What the action believes of the game, where that is wrong."""
        if action.game_name == "catch" and not action.game_params:
            return None
        told = self.setup.told()
        if action.game_name not in ("catch", told["game_name"], self.setup.game):
            return f"this is an episode of {told['game_name']}, not of {action.game_name}"
        if action.game_params and action.game_params not in (told["game_params"], self.setup.params):
            return f"this episode has the parameters {told['game_params']}, not {action.game_params}"
        return None

    def _mistake(self, action: OpenSpielAction, mover: int) -> str | None:
        """What keeps it from being a move, legal or not: nobody loses by that."""
        match = self.match
        if self.is_over:
            return "the episode is over; reset begins another"
        moves_at_once = match.turn == SIMULTANEOUS and match.opponent is None
        if action.action_id is not None:
            if moves_at_once:
                return "all players move at once: give actions, one for each"
            wrong = action.player_id not in (None, mover)
            return f"it is the turn of player {mover}, not of {action.player_id}" if wrong else None
        if match.opponent is not None:
            return "opponents play the other seats: give action_id"
        if not moves_at_once:
            return f"it is the turn of player {match.turn} alone: give action_id"
        if action.player_id is not None:
            return "actions are of all players: give no player_id"
        return self._missing(action.actions or [])

    def _missing(self, moves: Sequence[int | None]) -> str | None:
        players = self.setup.num_players
        if len(moves) != players:
            return f"there are {players} players, and {len(moves)} actions"
        for player, move in enumerate(moves):
            if move is None and self.match.state.legal_actions(player):
                return f"player {player} can move, and has no action"
        return None

    def _illegal(self, action: OpenSpielAction, mover: int) -> tuple[int, str] | None:
        """Whose move is not legal, of several that of the first, and what is wrong with it."""
        state, move = self.match.state, action.action_id
        if move is not None:
            if move in self._legal or move in (legal := state.legal_actions(mover)):
                return None
            return mover, f"action {move} is not legal; legal are {legal}"
        for player, one in enumerate(action.actions or []):
            legal = state.legal_actions(player)
            if legal and one not in legal:
                return player, f"action {one} of player {player} is not legal; legal are {legal}"
        return None

    def _take(self, action: OpenSpielAction) -> None:
        match, move = self.match, action.action_id
        self._legal = ()
        if move is None:
            match.take_together([one or 0 for one in action.actions or []])
        elif match.opponent is not None and match.opponent.may_fail:
            match.take_or_undo(move)
        else:
            match.take(move)

    def _refused(self, problem: str) -> Transition:
        """Nothing has happened."""
        return self._seen(0.0, [0.0] * self.setup.num_players, returns=self._returns(), error=problem)

    def _forfeited(self, loser: int, problem: str) -> Transition:
        """The episode is lost by who made the illegal move."""
        self.forfeited_by = loser
        self.step_count += 1
        return self._moved(loser, error=f"forfeited: {problem}")

    def _returns(self) -> list[float]:
        """The engine's; of who has forfeited the lowest that the game has, or 1 less where it has no lowest."""
        returns: list[float] = self.match.state.returns()
        if self.forfeited_by is not None:
            worst = float(self.match.game.min_utility())
            returns[self.forfeited_by] = worst if math.isfinite(worst) else returns[self.forfeited_by] - 1.0
        return returns

    def _moved(self, mover: int, *, error: str | None = None) -> Transition:
        """What is seen, and what the mover got, and everybody, since clients were told."""
        returns = self._returns()
        gained = list(map(operator.sub, returns, self._counted))
        self._counted = returns
        return self._seen(gained[mover], gained, returns=returns, error=error)

    def _seen(
        self,
        reward: float | None,
        rewards: list[float],
        *,
        returns: list[float],
        phase: str = "playing",
        error: str | None = None,
    ) -> Transition:
        match, view, done = self.match, self.view, self.is_over
        turn = TERMINAL if done else match.turn
        sight = view.of(match.state, self.mover(), turn=turn)
        self._legal = tuple(sight.legal_actions)
        return Transition(
            sight=sight,
            turn=turn,
            reward=reward,
            done=done,
            rewards=rewards,
            returns=returns,
            phase="terminal" if done else phase,
            opponent_last_action=match.opponent_last_action if view.shows_moves else None,
            seats=self._seats() if turn == SIMULTANEOUS and match.opponent is None else [],
            error=error,
        )

    def _seats(self) -> list[dict[str, Any]]:
        """What each of those sees that move at once."""
        sights = [self.view.of(self.match.state, player, turn=SIMULTANEOUS) for player in range(self.setup.num_players)]
        return [
            {
                "player_id": sight.player,
                "info_state": info_state,
                "legal_actions": sight.legal_actions,
                "action_names": sight.action_names,
                "text": sight.text,
            }
            for sight, info_state in zip(sights, self.view.arrays(sights)["info_state"].tolist(), strict=True)
        ]


def _number_of(seed: Any) -> int:
    try:
        return operator.index(seed)
    except TypeError:
        raise TypeError(f"seed is {seed!r:.80}; it must be an integer") from None
