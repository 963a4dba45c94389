"""What stands where a name belongs, and is none: addresses of servers, and repositories on a hub."""

from __future__ import annotations

import re

from openenv.errors import RuntimeUnavailable

_ADDRESS = re.compile(r"^(https?|wss?)://", re.IGNORECASE)
_HUB = r"(?:https?://)?(?:huggingface\.co|hf\.co)/(?:spaces/)?"
_REPOSITORY = re.compile(rf"(?:{_HUB})?([\w.-]+/[\w.-]+)/?")


def check_is_name(name: str) -> None:
    """ValueError for the address of a server, RuntimeUnavailable for a repository, TypeError for what is no text; each
    says what to write instead."""
    if not isinstance(name, str):
        raise TypeError(f"an environment is named by a string such as 'echo-env', not by {name!r:.200}")
    if found := _REPOSITORY.fullmatch(name):
        raise RuntimeUnavailable(_repository_text(found[1]))
    if _ADDRESS.match(name):
        raise ValueError(
            f"{name!r} is an address, not a name: pass base_url={name!r} beside the environment's name, or use "
            f"GenericEnvClient(base_url={name!r}) where the environment is not installed"
        )


def _repository_text(repository: str) -> str:
    source = f"git+https://huggingface.co/spaces/{repository}"
    address = f"https://{re.sub('[^a-z0-9]+', '-', repository.lower())}.hf.space"
    return (
        f"{repository!r} is a repository on a hub, and this version does not install from there. Install it yourself "
        f"(pip install {source}) and use its name, or connect to it where it runs: "
        f"GenericEnvClient(base_url={address!r})"
    )
