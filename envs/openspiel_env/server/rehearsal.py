"""``python -m openspiel_env.server.rehearsal PARAMETERS``: tries a game that may crash the engine, so that it crashes
this process. What is wrong is printed, with exit status 1."""

from __future__ import annotations

import json
import random
import resource
import sys
import time

from openspiel_env.server import games
from openspiel_env.server.match import Match
from openspiel_env.server.opponents import opponent
from openspiel_env.server.view import View

_MEMORY_BYTES = 8 << 30
_SECONDS = 1.0
_EPISODES = 3


def main() -> None:
    """Load, and play at random: to the end, or for a second."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    wanted = json.loads(sys.argv[1])
    try:
        game = games.load(wanted)
        if game.num_players() < 1 or game.num_distinct_actions() < 1:
            raise ValueError("it has no players, or no actions")
        for seed in range(_EPISODES):
            _play(wanted, random.Random(seed))
    except games.ENGINE_ERRORS as error:
        print(str(error)[:500])
        sys.exit(1)


def _play(wanted: dict[str, object], rng: random.Random) -> None:
    until = time.monotonic() + _SECONDS / _EPISODES
    game = games.load(wanted)
    match = Match(game, agent=0, opponent=opponent("random", game, simulations=1, script=None), rng=rng)
    match.play_on()
    view = View(match.game, text=True)
    while True:
        view.arrays([view.of(match.state, player, turn=match.turn) for player in range(game.num_players())])
        if match.state.is_terminal() or time.monotonic() > until:
            return
        match.take(rng.choice(match.state.legal_actions(0)))


if __name__ == "__main__":
    main()
