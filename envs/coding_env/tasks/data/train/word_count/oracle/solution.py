"""Prints the most frequent words of its input."""

import re
import sys
from collections import Counter

WORD = re.compile(r"[^\W\d_]+")


def main() -> None:
    """``python solution.py N``"""
    counts = Counter(WORD.findall(sys.stdin.read().lower()))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    for word, count in ordered[: int(sys.argv[1])]:
        print(word, count)


if __name__ == "__main__":
    main()
