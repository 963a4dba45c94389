"""A server on loopback and two clients of it: the typed one and the generic one."""

from echo_env import EchoAction
from openenv import AutoEnv, GenericEnvClient


def main() -> None:
    """Both clients talk to the same server, each in a session of its own."""
    with AutoEnv.from_env("echo-env", runtime="process") as typed:
        typed.reset(seed=1)
        print(typed.step(EchoAction(message="typed")).observation)
        with GenericEnvClient(base_url=typed.base_url) as generic:
            generic.reset(seed=1)
            print(generic.step({"message": "generic"}).observation)


if __name__ == "__main__":
    main()
