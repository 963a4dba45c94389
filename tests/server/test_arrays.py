"""Arrays over HTTP and the reference's protocol: lists, which are nested or flat as the model says."""

from typing import Annotated, Any

import msgspec
import numpy as np
import pytest

from openenv import Action, Environment, Observation, State
from openenv.contract.arrays import ArraySpec
from openenv.server.serialization import serialize_observation

SESSION = "X-OpenEnv-Session"


class Brush(Action):
    """Add this to every picture."""

    colours: Annotated[np.ndarray, ArraySpec("uint8", (2, 3))]


class Seen(Observation):
    """The same pixels twice, and their mean."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screen_shape")]
    screen_shape: list[int]
    board: Annotated[np.ndarray, ArraySpec("uint8", (2, 3))]
    mean: Annotated[np.ndarray, ArraySpec("float64", ())]


class Kept(State):
    """The pixels once more."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screen_shape")]
    screen_shape: list[int]


class Studio(Environment[Brush, Seen, Kept]):
    """Shows what was painted."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._pixels = np.zeros((2, 3), np.uint8)

    def reset(self, **options: Any) -> Seen:
        self._pixels = np.zeros((2, 3), np.uint8)
        return self._show()

    def step(self, action: Brush, **options: Any) -> Seen:
        self._pixels = self._pixels + action.colours
        return self._show()

    @property
    def state(self) -> Kept:
        return Kept(screen=self._pixels, screen_shape=[2, 3])

    def _show(self) -> Seen:
        return Seen(screen=self._pixels, screen_shape=[2, 3], board=self._pixels, mean=np.asarray(self._pixels.mean()))


PAINTED = [[1, 2, 3], [4, 5, 6]]
FLAT = [1, 2, 3, 4, 5, 6]
SHOWN = {"metadata": {}, "screen": FLAT, "screen_shape": [2, 3], "board": PAINTED, "mean": 3.5}


@pytest.fixture
def client(serve, host):
    return serve(Studio, host_sessions=host)


def test_an_episode_over_http_has_arrays_as_lists(client):
    session = {SESSION: client.post("/reset").headers[SESSION]}
    step = client.post("/step", json={"action": {"colours": PAINTED}}, headers=session).json()
    state = client.get("/state", headers=session).json()
    assert step["observation"] == SHOWN
    assert (state["screen"], state["screen_shape"]) == (FLAT, [2, 3])


def test_an_episode_on_protocol_v1_has_arrays_as_lists(client):
    with client.websocket_connect("/ws") as websocket:
        websocket.send_json({"type": "step", "data": {"colours": PAINTED}})
        assert websocket.receive_json()["data"]["observation"] == SHOWN
        websocket.send_json({"type": "state"})
        state = websocket.receive_json()["data"]
        assert (state["screen"], state["screen_shape"]) == (FLAT, [2, 3])


@pytest.mark.parametrize("colours", [FLAT, [[1, 2, 3]], [[1, 2, 256], [4, 5, 6]], "red", None], ids=str)
def test_lists_that_do_not_make_the_array_are_refused_at_their_field(client, colours):
    response = client.post("/step", json={"action": {"colours": colours}})
    assert response.status_code == 422
    assert [(error["type"], error["loc"]) for error in response.json()["detail"]] == [("array", ["colours"])]


def test_the_schemas_say_dtype_and_shape(client):
    schemas = client.get("/schema").json()
    board = {"type": "array", "dtype": "uint8", "shape": [2, 3]}
    assert board.items() <= schemas["action"]["properties"]["colours"].items()
    fields = schemas["observation"]["properties"]
    assert board.items() <= fields["board"].items()
    assert {"type": "array", "dtype": "uint8", "shape_in": "screen_shape"}.items() <= fields["screen"].items()
    assert {"dtype": "float64", "shape": []}.items() <= fields["mean"].items()
    assert "type" not in fields["mean"]


def test_the_documentation_of_the_routes_shows_the_array(client):
    document = client.get("/openapi.json").json()
    action = document["components"]["schemas"]["StepRequest"]["properties"]["action"]
    assert action["properties"]["colours"]["dtype"] == "uint8"


def test_an_observation_is_serialized_as_it_is_sent():
    pixels = np.array(PAINTED, np.uint8)
    shown = Seen(screen=pixels, screen_shape=[2, 3], board=pixels, mean=np.asarray(3.5))
    assert serialize_observation(shown)["observation"]["screen"].tolist() == FLAT


class Wide(Observation):
    """More pixels than go into a worker's messages, at every depth."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screen_shape")]
    screen_shape: list[int]
    nested: dict[str, Any]


class Hall(Environment[Action, Wide, Kept]):
    """All pixels are how many steps there were."""

    SESSION_HOST = "process"

    def __init__(self) -> None:
        super().__init__()
        self._steps = 0

    def reset(self, **options: Any) -> Wide:
        return self.step(Action())

    def step(self, action: Action, **options: Any) -> Wide:
        self._steps += 1
        pixels = self._pixels()
        return Wide(screen=pixels, screen_shape=[*pixels.shape], nested={"in": [pixels]}, metadata={"beside": pixels})

    @property
    def state(self) -> Kept:
        return Kept(screen=self._pixels(), screen_shape=[100, 200])

    def _pixels(self) -> np.ndarray:
        return np.full((100, 200), self._steps, np.uint8)


def check_wide(observation: dict[str, Any], number: int) -> None:
    assert observation["screen"] == [number] * 20_000
    assert observation["nested"] == {"in": [[[number] * 200] * 100]}
    assert observation["metadata"] == {"beside": [[number] * 200] * 100}


def test_large_arrays_of_a_process_are_lists_over_http(serve):
    client = serve(Hall, Action, Wide)
    first = client.post("/reset")
    check_wide(first.json()["observation"], 1)
    headers = {SESSION: first.headers[SESSION]}
    for number in (2, 3):
        check_wide(client.post("/step", json={"action": {}}, headers=headers).json()["observation"], number)
        assert client.get("/state", headers=headers).json()["screen"] == [number] * 20_000


def test_large_arrays_of_a_process_are_lists_on_protocol_v1(serve):
    with serve(Hall, Action, Wide).websocket_connect("/ws") as peer:
        for number, kind in enumerate(("reset", "step", "step"), 1):
            peer.send_json({"type": kind, "data": {}})
            check_wide(peer.receive_json()["data"]["observation"], number)
            peer.send_json({"type": "state"})
            assert peer.receive_json()["data"]["screen"] == [number] * 20_000


class Riddle(Studio):
    """Says what JSON has no form for."""

    def reset(self, **options: Any) -> Seen:
        return self._show().model_copy(update={"screen": msgspec.msgpack.Ext(7, b"")})


def test_a_reset_that_cannot_be_sent_is_told_and_leaves_no_session(serve):
    client = serve(Riddle, Brush, Seen)
    response = client.post("/reset")
    assert (response.status_code, response.json()["code"]) == (500, "EXECUTION_ERROR")
    assert client.app.state.openenv.active_sessions == 0
