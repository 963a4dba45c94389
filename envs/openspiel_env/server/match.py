"""``Match``: one play of a game, from its beginning to where it is, and on until a client has to move."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pyspiel

from openspiel_env.server import chance
from openspiel_env.server.opponents import Opponent

CHANCE, SIMULTANEOUS, TERMINAL, MEAN_FIELD = -1, -2, -4, -5
"""What the engine says in place of the player whose turn it is."""

Move = int | list[int]
"""Of one player, or of all that move at once."""


class Match:
    """``opponent`` plays every seat but that of ``agent``; with None, clients play all of them.

    ``moves`` is all that was done, outcomes of chance included: done again in a new game it leads to the same state,
    also in those games that the engine's serialisation does not bring back.
    """

    def __init__(self, game: pyspiel.Game, *, agent: int, opponent: Opponent | None, rng: random.Random) -> None:
        self.game = game
        self.state: pyspiel.State = self.game.new_initial_state()
        self.agent = agent
        self.opponent = opponent
        self.rng = rng
        self.turn: int = self.state.current_player()
        """Whose it is, as the engine says it."""
        self.moves: list[Move] = []
        self.opponent_last_action: int | None = None

    def play_on(self) -> None:
        """Until a client has to move, or the end."""
        while True:
            turn = self.turn = self.state.current_player()
            if turn >= 0:
                if self.opponent is None or turn == self.agent:
                    return
                self._apply(self._of_opponent(turn))
            elif turn == CHANCE:
                self._apply(chance.draw(self.state, self.rng))
            elif turn == MEAN_FIELD:
                chance.spread_evenly(self.state)
            elif turn == TERMINAL or self.opponent is None or self.state.legal_actions(self.agent):
                return
            else:
                self._join([])

    def take(self, action: int) -> None:
        """The move of the player whose turn it is, or of the agent among those who move at once; and on from there.
        Legality is the caller's to check."""
        if self.turn == SIMULTANEOUS:
            self._join([action])
        else:
            self._apply(action)
        self.play_on()

    def take_or_undo(self, action: int) -> None:
        """``take``, of which nothing has happened where it raises."""
        before = self.state.clone(), len(self.moves), self.rng.getstate(), self.opponent_last_action, self.turn
        try:
            self.take(action)
        except BaseException:
            self.state, count, drawn, self.opponent_last_action, self.turn = before
            del self.moves[count:]
            self.rng.setstate(drawn)
            raise

    def take_together(self, actions: Sequence[int]) -> None:
        """The moves of all players, at a node where they move at once; and on from there."""
        self._apply_together(list(actions))
        self.play_on()

    def replay(self, moves: Sequence[Move]) -> None:
        """Do these from the beginning. ValueError where they are not of this game."""
        for move in moves:
            self._pass_populations()
            if not self._is_possible(move):
                raise ValueError("these are no moves of this game")
            if isinstance(move, list):
                self._apply_together(move)
            else:
                self._apply(move)
        self._pass_populations()
        self.turn = self.state.current_player()
        if not self._waits():
            raise ValueError("these moves end where no client is asked")

    def _waits(self) -> bool:
        """A client has to move, or all is over."""
        if self.opponent is None:
            return self.turn in (SIMULTANEOUS, TERMINAL) or self.turn >= 0
        if self.turn == SIMULTANEOUS:
            return bool(self.state.legal_actions(self.agent))
        return self.turn in (TERMINAL, self.agent)

    def _pass_populations(self) -> None:
        while self.state.current_player() == MEAN_FIELD:
            chance.spread_evenly(self.state)

    def _is_possible(self, move: Any) -> bool:
        if self.state.current_player() != SIMULTANEOUS:
            return type(move) is int and move in self.state.legal_actions()
        players = range(self.game.num_players())
        legal = [self.state.legal_actions(player) or [0] for player in players]
        return isinstance(move, list) and len(move) == len(legal) and all(map(_contains, legal, move))

    def _of_opponent(self, player: int) -> int:
        assert self.opponent is not None
        action = self.opponent.choose(self.state, player, self.rng)
        self.opponent_last_action = action
        return action

    def _join(self, of_agent: Sequence[int]) -> None:
        """The agent's move, where it has one, with the opponents'; 0 stands for those who cannot move."""
        joint = [0] * self.game.num_players()
        for player in range(len(joint)):
            if player == self.agent:
                joint[player] = of_agent[0] if of_agent else 0
            elif self.state.legal_actions(player):
                joint[player] = self._of_opponent(player)
        self._apply_together(joint)

    def _apply(self, action: int) -> None:
        self.state.apply_action(action)
        self.moves.append(action)

    def _apply_together(self, actions: list[int]) -> None:
        self.state.apply_actions(actions)
        self.moves.append(actions)


def _contains(legal: list[int], action: Any) -> bool:
    return type(action) is int and action in legal
