"""A module whose import ends the process on the spot, as a crash in native code would."""

import os
import sys

print("I was about to load the library", file=sys.stderr, flush=True)
os._exit(7)
