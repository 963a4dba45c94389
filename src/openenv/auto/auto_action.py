"""``AutoAction``: from the name of an installed environment to its action class."""

from __future__ import annotations

from typing import Any

from openenv.auto.names import check_is_name
from openenv.client.generic import GenericAction
from openenv.contract.adapters import adapter_of
from openenv.registry import discovery
from openenv.registry.loading import load_object


class AutoAction:
    """Action classes by the name of their environment, in any of its spellings."""

    @classmethod
    def from_env(cls, name: str, skip_install: bool = False) -> type[Any]:
        """The class; ``skip_install`` gives ``GenericAction``, which needs no package of the environment's.

        UnknownEnvironment when none of that name is installed; InvalidManifest when its plug-in is broken.
        """
        if skip_install:
            return GenericAction
        check_is_name(name)
        action: type[Any] = load_object(discovery.describe(name).action)
        return action

    @classmethod
    def from_hub(cls, name: str, skip_install: bool = False) -> type[Any]:
        """The same as ``from_env``."""
        return cls.from_env(name, skip_install)

    @classmethod
    def get_action_info(cls, name: str) -> dict[str, Any]:
        """The JSON schema of the action."""
        action: Any = cls.from_env(name)
        return adapter_of(action).json_schema()

    @classmethod
    def list_actions(cls) -> dict[str, str]:
        """The action class of each installed environment as ``module:attribute``; none of them is imported."""
        return {name: found.action for name, found in discovery.installed_environments().environments.items()}
