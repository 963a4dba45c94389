"""Schemas: the models of an environment as JSON schemas, for ``/schema`` and for the documentation of the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from pydantic import GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema

from openenv.contract.adapters import adapter_of
from openenv.contract.signature import ModelTypes


def schemas_of(types: ModelTypes) -> dict[str, Any]:
    """The schemas of the action, the observation, the state, and of what ``reset`` returns."""
    models = {
        "action": types.action,
        "observation": types.observation,
        "state": types.state,
        "reset_observation": types.reset_observation or types.observation,
    }
    return {name: adapter_of(model).json_schema() for name, model in models.items()}


def shown_as(model: type[Any]) -> Any:
    """The type of a dict that is documented with the fields of ``model`` and validated somewhere else."""
    return Annotated[dict[str, Any], _ShownAs(model)]


@dataclass(frozen=True)
class _ShownAs:
    model: type[Any]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if self.model is dict or issubclass(self.model, msgspec.Struct):
            return {"title": self.model.__name__, "type": "object"}
        return handler(TypeAdapter(self.model).core_schema)
