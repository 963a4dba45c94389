"""A module that imports what is not installed."""

import no_such_engine  # type: ignore[import-not-found]

engine = no_such_engine
