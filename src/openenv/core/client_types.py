"""What clients return."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.contract.results import StepResult as StepResult
else:
    __getattr__, __dir__, __all__ = attach(__name__, {"StepResult": "openenv.contract.results"})
