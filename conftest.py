"""What holds for every test."""

import signal

# Where the caller ignores it (a job in the background of a shell does), a test of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
