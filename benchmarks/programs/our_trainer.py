"""Many clients, each with one episode after another: ``URL CLIENTS EPISODES``."""

import sys

from benchmarks.programs.trainer import train
from echo_env import EchoAction, EchoEnv

url, clients, episodes = sys.argv[1:]
train(lambda: EchoEnv(url), action=EchoAction(message="hello"), clients=int(clients), episodes=int(episodes))
