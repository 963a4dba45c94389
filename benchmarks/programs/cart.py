"""A cart that balances a pole (Barto, Sutton and Anderson, 1983). All contestants play it, the reference's too, so it
needs nothing but Python's library."""

import math
import random

_GRAVITY, _FORCE, _SECONDS = 9.8, 10.0, 0.02
_POLE_MASS, _TOTAL_MASS, _HALF_LENGTH = 0.1, 1.1, 0.5
_MAX_PLACE, _MAX_ANGLE = 2.4, math.radians(12)
_START = 0.05


class Cart:
    """Place, speed, angle and its speed, in ``at``. A push goes to the left (0) or to the right (1)."""

    def __init__(self) -> None:
        self.at = (0.0, 0.0, 0.0, 0.0)

    def start(self, seed: int | None) -> None:
        """Almost upright."""
        drawing = random.Random(seed)
        x, v, angle, turning = (drawing.uniform(-_START, _START) for _ in range(4))
        self.at = (x, v, angle, turning)

    def push(self, direction: int) -> bool:
        """Go on for a fiftieth of a second; whether it has fallen, or left the track."""
        x, v, angle, turning = self.at
        sine, cosine = math.sin(angle), math.cos(angle)
        pull = (_FORCE if direction else -_FORCE) + _POLE_MASS * _HALF_LENGTH * turning**2 * sine
        inertia = _HALF_LENGTH * (4 / 3 - _POLE_MASS * cosine**2 / _TOTAL_MASS)
        falling = (_GRAVITY * sine - cosine * pull / _TOTAL_MASS) / inertia
        speeding = (pull - _POLE_MASS * _HALF_LENGTH * falling * cosine) / _TOTAL_MASS
        x, v = x + _SECONDS * v, v + _SECONDS * speeding
        angle, turning = angle + _SECONDS * turning, turning + _SECONDS * falling
        self.at = (x, v, angle, turning)
        return abs(x) > _MAX_PLACE or abs(angle) > _MAX_ANGLE
