"""The reference's server of the cart. Room for so many sessions: ``ROOM``."""

from benchmarks.programs.cart import Cart
from benchmarks.reference.app import serve
from openenv.core.env_server import Action, Environment, Observation, State


class Push(Action):
    direction: int


class Seen(Observation):
    at: list[float]


class CartEnvironment(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._cart = Cart()

    def reset(self, seed=None, **options):
        self._cart.start(seed)
        return Seen(at=list(self._cart.at))

    def step(self, action, **options):
        ended = self._cart.push(action.direction)
        return Seen(at=list(self._cart.at), reward=1.0, done=ended)

    @property
    def state(self):
        return State()


if __name__ == "__main__":
    serve(CartEnvironment, Push, Seen)
