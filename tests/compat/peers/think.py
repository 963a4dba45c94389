"""A program whose synchronous client is idle for a minute between two steps; it prints what the second one shows."""

import sys
import threading

from game import Call, GameEnv  # type: ignore[import-not-found]  # beside this program


def main() -> None:
    """Step, think, step."""
    url, seconds = sys.argv[1], float(sys.argv[2])
    with GameEnv(base_url=url).sync() as env:
        env.reset()
        env.step(Call(word="before"))
        threading.Event().wait(seconds)  # the thread that owns the client does nothing for it meanwhile
        print(env.step(Call(word="after")).observation.shown, env.state().points)


if __name__ == "__main__":
    main()
