"""An example policy: what to do in a short episode that shows the environment."""

from collections.abc import Iterator

from coding_env.models import CodeAction

PIECES = (
    "def primes(n):\n    return [p for p in range(2, n) if all(p % d for d in range(2, p))]",
    "print(primes(30))",
    "print(primes('thirty'))",
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(6 * 7)'], check=True)",
)


def policy() -> Iterator[CodeAction]:
    """The actions of one episode."""
    return (CodeAction(code=piece) for piece in PIECES)
