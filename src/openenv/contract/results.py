"""What the client returns for ``reset`` and ``step``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

O_co = TypeVar("O_co", covariant=True)


@dataclass
class StepResult(Generic[O_co]):
    """One transition: the observation, and what every environment says beside it.

    ``reward`` is None where the environment gives none (as after ``reset``). ``done`` ends the episode;
    ``truncated`` says that it ended for a reason outside the task.
    """

    observation: O_co
    reward: float | None = None
    done: bool = False
    metadata: dict[str, Any] | None = field(default_factory=dict)
    truncated: bool = False

    @property
    def terminated(self) -> bool:
        """The episode ended by the task's own rules (Gymnasium's term): done and not truncated."""
        return self.done and not self.truncated
