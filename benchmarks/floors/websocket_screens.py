"""The least for steps with screens over WebSocket: a bare client, models and msgpack, no framework: ``URL``."""

import sys

from benchmarks.floors.plain_websocket import PlainWebSocket
from benchmarks.floors.screen_messages import REQUEST, observation_in
from benchmarks.programs.rounds import answer_rounds
from benchmarks.programs.screen_bytes import screens

connection = PlainWebSocket(sys.argv[1])
assert observation_in(connection.ask(REQUEST)).screen.tobytes() == screens()[0]
answer_rounds(lambda: observation_in(connection.ask(REQUEST)))
