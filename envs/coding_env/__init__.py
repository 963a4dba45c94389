"""Coding: an environment that runs Python code and shell commands, step by step, in a sandbox."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from coding_env.client import CodingEnv as CodingEnv
    from coding_env.models import CodeAction as CodeAction
    from coding_env.models import CodeObservation as CodeObservation
    from coding_env.models import CodeState as CodeState
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "CodeAction": "coding_env.models",
            "CodeObservation": "coding_env.models",
            "CodeState": "coding_env.models",
            "CodingEnv": "coding_env.client",
        },
    )
