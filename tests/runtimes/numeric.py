"""A module that imports a numerical library, which starts threads where it is let."""

import numpy as np

from openenv import State
from tests.runtimes.forked import Forked


class Numeric(Forked):
    """Has used the library's linear algebra when it is reset."""

    def __init__(self) -> None:
        super().__init__()
        self._norm = float(np.linalg.norm(np.ones((200, 200)) @ np.ones((200, 200))))

    @property
    def state(self) -> State:
        return State(episode_id=f"{self._norm:.0f}")
