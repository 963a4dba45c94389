"""An example policy: what to do in a short episode that shows the environment."""

from collections.abc import Iterator

from coding_env.models import CodeAction

PIECES = (
    "def primes(n):\n    return [p for p in range(2, n) if all(p % d for d in range(2, p))]",
    "print(primes(30))",
    "print(primes('thirty'))",
    "open('primes.txt', 'w').write('\\n'.join(map(str, primes(100))))",
    "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)",
)
COMMAND = "sort --numeric-sort --reverse primes.txt | head -n 3"


def policy() -> Iterator[CodeAction]:
    """The actions of one episode."""
    yield from (CodeAction(code=piece) for piece in PIECES)
    yield CodeAction(code=COMMAND, language="bash")
