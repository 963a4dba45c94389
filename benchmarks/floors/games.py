"""The least for many games of tic-tac-toe at once: ``COUNT`` of them, two processes, a socket pair, msgpack, and the
fields of the OpenSpiel environment without its text. No sessions, no errors, and only this game. With ``models`` behind
the number an action is a model that the other process checks, else a number."""

import os
import random
import socket
import sys
from typing import Any

import msgspec
import numpy as np
import pyspiel

from benchmarks.programs.rounds import answer_rounds
from openspiel_env import OpenSpielAction

LENGTH = 4
GAME = pyspiel.load_game("tic_tac_toe")
SEEN = pyspiel._Observation(GAME, GAME.make_observer({}))
TENSOR = np.frombuffer(SEEN, np.float32)


class Game:
    """Against a random opponent; what ended is begun again by the next action."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.state = GAME.new_initial_state()
        self.counted = [0.0, 0.0]

    def play(self, action: int) -> dict[str, object]:
        last, rewards = None, [0.0, 0.0]
        if self.state.is_terminal():
            self.begin()
        else:
            self.state.apply_action(action)
            if not self.state.is_terminal():
                legal = self.state.legal_actions()
                last = legal[int(random.random() * len(legal))]
                self.state.apply_action(last)
            returns = self.state.returns()
            rewards = [now - before for now, before in zip(returns, self.counted, strict=True)]
            self.counted = returns
        turn = self.state.current_player()
        return {
            "legal_actions": [] if turn < 0 else self.state.legal_actions(),
            "game_phase": "terminal" if turn < 0 else "playing",
            "current_player_id": turn,
            "opponent_last_action": last,
            "observation_shape": [3, 3, 3],
            "current_player": turn,
            "returns": self.counted,
            "rewards": rewards,
            "text": "",
            "action_names": [],
            "seats": [],
            "error": None,
            "reward": rewards[0],
            "done": turn < 0,
        }


def answer(games: list[Game], actions: list[int]) -> bytes:
    rows = [game.play(action) for game, action in zip(games, actions, strict=True)]
    columns: dict[str, object] = dict(
        zip(rows[0], map(list, zip(*(row.values() for row in rows), strict=True)), strict=True)
    )
    tensors, mask = np.empty((len(games), 27), np.float32), np.zeros((len(games), 9), np.int8)
    for place, game in enumerate(games):
        SEEN.set_from(game.state, 0)
        tensors[place] = TENSOR
        mask[place, rows[place]["legal_actions"]] = 1
    return msgspec.msgpack.encode([columns, tensors.tobytes(), tensors.tobytes(), mask.tobytes()])


def sent(sock: socket.socket, message: bytes) -> None:
    sock.sendall(len(message).to_bytes(LENGTH, "big") + message)


def received(sock: socket.socket) -> bytes:
    size = int.from_bytes(sock.recv(LENGTH, socket.MSG_WAITALL), "big")
    return sock.recv(size, socket.MSG_WAITALL)


def serve(sock: socket.socket, count: int) -> None:
    games = [Game() for _ in range(count)]
    while message := received(sock):
        sent(sock, answer(games, understood(msgspec.msgpack.decode(message))))


def understood(actions: list[Any]) -> list[int]:
    return [CHECK(action).action_id for action in actions] if MODELS else actions


def step() -> None:
    chosen = [legal[0] if legal else 0 for legal in batch["legal_actions"]]
    sent(here, msgspec.msgpack.encode([DUMP(ACTIONS[action]) for action in chosen] if MODELS else chosen))
    columns, *tensors, mask = msgspec.msgpack.decode(received(here))
    batch.update(columns)
    batch["info_state"], batch["observation"] = (np.frombuffer(one, np.float32).reshape(-1, 27) for one in tensors)
    batch["legal_actions_mask"] = np.frombuffer(mask, np.int8).reshape(-1, 9)
    batch["rewards"], batch["done"] = np.array(columns["reward"]), np.array(columns["done"])


COUNT, MODELS = int(sys.argv[1]), "models" in sys.argv
ACTIONS = [OpenSpielAction(action_id=action) for action in range(9)]
CHECK: Any = OpenSpielAction.__pydantic_validator__.validate_python  # what the methods of a model come to
DUMP: Any = OpenSpielAction.__pydantic_serializer__.to_python
here, there = socket.socketpair()
if os.fork() == 0:
    here.close()
    serve(there, COUNT)
    os._exit(0)
there.close()
batch = {"legal_actions": [[0]] * COUNT}
answer_rounds(step, at_once=COUNT)
here.close()
os.wait()
