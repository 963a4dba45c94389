"""The reference's server of an environment that does what our echo does, with room for so many sessions: ``ROOM``.
Prints its URL, and ends with its input."""

import os
import random
import socket
import sys
import threading
import uuid

import uvicorn

from openenv.core.env_server import Action, Environment, Observation, State, create_app


class EchoAction(Action):
    message: str


class EchoObservation(Observation):
    echoed_message: str
    message_length: int


class EchoState(State):
    last_message: str | None = None


class EchoEnvironment(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._state = EchoState()

    def reset(self, seed=None, episode_id=None, **options):
        self._state = EchoState(episode_id=episode_id or str(uuid.uuid4()))
        metadata = {} if seed is None else {"seed": seed, "draw": random.Random(seed).random()}
        return EchoObservation(echoed_message="Echo environment ready", message_length=22, metadata=metadata)

    def step(self, action, timeout_s=None, **options):
        self._state.step_count += 1
        self._state.last_message = action.message
        length = len(action.message)
        return EchoObservation(echoed_message=action.message, message_length=length, reward=length * 0.1)

    @property
    def state(self):
        return self._state


def serve(environment, action=EchoAction, observation=EchoObservation):
    """With room for as many sessions as the program's argument says."""
    room = int(sys.argv[1])
    app = create_app(environment, action, observation, env_name="benchmark_env", max_concurrent_envs=room)
    threading.Thread(target=end_with_the_input, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


def end_with_the_input():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    serve(EchoEnvironment)
