"""The documentation of ``/step`` shows the fields of the environment's own action."""

import dataclasses

import msgspec
import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from openenv import Action, create_app
from tests.server.environments import Counter, Total


class Point(BaseModel):
    x: int


class Draw(Action):
    """A line through points."""

    points: list[Point]


class Tree(Action):
    """Holds others of its kind."""

    children: list["Tree"]


@dataclasses.dataclass
class Command:
    command: str


class Letter(msgspec.Struct):
    letter: str


def documented_action(action) -> tuple[dict, dict]:
    """What the documentation says of the action, references followed once; and all that can be referred to."""
    document = TestClient(create_app(Counter, action, Total)).get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    schema = schemas["StepRequest"]["properties"]["action"]
    reference = schema.get("$ref", "")
    return (schemas[reference.rpartition("/")[2]] if reference else schema), schemas


def test_an_action_is_documented_with_its_fields():
    schema, schemas = documented_action(Draw)
    assert schema["title"] == "Draw"
    assert schema["properties"]["points"]["items"] == {"$ref": "#/components/schemas/Point"}
    assert schemas["Point"]["properties"] == {"x": {"title": "X", "type": "integer"}}


def test_an_action_that_holds_others_of_its_kind_is_documented():
    schema, schemas = documented_action(Tree)
    assert schema["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Tree"}
    assert "Tree" in schemas


def test_a_dataclass_is_documented_with_its_fields():
    schema, _ = documented_action(Command)
    assert schema["properties"] == {"command": {"title": "Command", "type": "string"}}


def test_a_struct_is_documented_by_its_name():
    schema, _ = documented_action(Letter)
    assert schema == {"title": "Letter", "type": "object"}


@pytest.mark.parametrize("action", [Draw, Tree, Command, Letter])
def test_the_schema_of_any_action_is_given(action):
    schema = TestClient(create_app(Counter, action, Total)).get("/schema").json()["action"]
    assert action.__name__ in {schema.get("title"), *schema.get("$defs", {})}
