"""Many of the reference's clients, each with one episode after another: ``URL CLIENTS EPISODES``."""

import sys

from benchmarks.programs.trainer import train
from openenv.core import GenericEnvClient

url, clients, episodes = sys.argv[1:]
action = {"message": "hello"}
train(lambda: GenericEnvClient(base_url=url), action=action, clients=int(clients), episodes=int(episodes))
