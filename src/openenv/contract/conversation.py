"""The types of conversations: messages and the tokenizers that turn them into tokens."""

from __future__ import annotations

from typing import Any, Protocol, TypedDict


class Message(TypedDict):
    """One message of a conversation. ``role`` is ``system``, ``user``, ``assistant`` or ``tool``."""

    role: str
    content: str


class ModelTokenizer(Protocol):
    """What this library asks of a tokenizer: the two methods that Hugging Face tokenizers have."""

    def apply_chat_template(
        self, conversation: list[Message], tokenize: bool = True, return_tensors: str | None = None, **kwargs: Any
    ) -> Any:
        """The conversation as token ids."""
        ...

    def decode(self, token_ids: Any, skip_special_tokens: bool = False, **kwargs: Any) -> str:
        """The text of token ids."""
        ...
