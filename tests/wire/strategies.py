"""What may be on the wire, for hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from openenv.wire.frames import (
    MAX_BRANCHES,
    MAX_CHANNEL,
    Answer,
    Batch,
    Cancel,
    Close,
    Closed,
    Failure,
    Fork,
    Forked,
    GetState,
    Mcp,
    McpReply,
    Open,
    Opened,
    Query,
    Reset,
    Restore,
    Restored,
    Result,
    Results,
    Saved,
    Snapshot,
    StateReply,
    Step,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
INT64 = st.integers(-(2**63), 2**64 - 1)


def nested(leaves: st.SearchStrategy) -> st.SearchStrategy:
    """The leaves, and lists and dicts of them."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    )


VALUES = nested(st.none() | st.booleans() | INT64 | st.floats(allow_nan=False) | st.text())
JSON_VALUES = nested(st.none() | st.booleans() | st.integers() | FINITE | st.text())
COMMON_VALUES = nested(st.none() | st.booleans() | INT64 | FINITE | st.text())
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=4)
JSON_OBJECTS = st.dictionaries(st.text(), JSON_VALUES, max_size=4)

CHANNELS = st.integers(0, MAX_CHANNEL)
IDS = st.integers(0, 2**64 - 1)
TIMES = st.none() | st.floats(0, 365 * 24 * 3600)
REWARDS = st.none() | st.booleans() | INT64 | FINITE

REQUESTS = st.one_of(
    st.builds(Open, st.integers(1, MAX_CHANNEL), IDS, st.none() | st.text(), st.none() | st.text()),
    st.builds(Reset, CHANNELS, IDS, OBJECTS, TIMES, IDS),
    st.builds(Step, CHANNELS, IDS, OBJECTS, TIMES, IDS),
    st.builds(GetState, CHANNELS, IDS, IDS),
    st.builds(Close, CHANNELS, IDS),
    st.builds(Cancel, CHANNELS, IDS),
    st.builds(Mcp, CHANNELS, IDS, OBJECTS, IDS),
    st.builds(Query, CHANNELS, IDS, st.text(), st.lists(VALUES, max_size=3), IDS),
    st.builds(Fork, CHANNELS, IDS, st.integers(1, MAX_BRANCHES), st.booleans(), IDS),
    st.builds(Snapshot, CHANNELS, IDS, IDS),
    st.builds(Restore, CHANNELS, IDS, st.binary(), IDS),
)

BATCHES = st.builds(
    Batch,
    CHANNELS,
    IDS,
    st.lists(
        st.builds(Reset, CHANNELS, IDS, OBJECTS, TIMES, IDS) | st.builds(Step, CHANNELS, IDS, OBJECTS, TIMES, IDS),
        min_size=1,
        max_size=4,
    ),
)

REPLIES = st.one_of(
    st.builds(Opened, CHANNELS, IDS, st.text(), st.none() | st.text()),
    st.builds(Result, CHANNELS, IDS, OBJECTS, REWARDS, st.booleans(), st.booleans()),
    st.builds(StateReply, CHANNELS, IDS, OBJECTS),
    st.builds(Closed, CHANNELS, IDS),
    st.builds(Failure, CHANNELS, IDS, st.text(), st.text(), OBJECTS),
    st.builds(McpReply, CHANNELS, IDS, OBJECTS),
    st.builds(Answer, CHANNELS, IDS, VALUES),
    st.builds(Forked, CHANNELS, IDS, st.lists(st.tuples(st.text(), st.none() | st.text()), max_size=3)),
    st.builds(Saved, CHANNELS, IDS, st.binary()),
    st.builds(Restored, CHANNELS, IDS),
    st.builds(
        Results,
        CHANNELS,
        IDS,
        st.dictionaries(st.text(), st.lists(VALUES, max_size=3), max_size=3)
        | st.lists(st.none() | OBJECTS, max_size=3),
        st.lists(REWARDS, max_size=3),
        st.lists(st.booleans(), max_size=3),
        st.lists(st.booleans(), max_size=3),
        st.lists(st.tuples(st.integers(0, 3), st.text(), st.text(), OBJECTS), max_size=2),
    ),
)

NATIVE_DTYPES = ["?", "u1", "i1", "<u2", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8", "<c8", "<c16", "<U5"]
SWAPPED_DTYPES = [">u2", ">i4", ">u8", ">f2", ">f4", ">f8", ">c8", ">U5"]
OTHER_DTYPES = ["|S3", "<M8[ns]", ">M8[D]", "<m8[25us]"]
ARRAYS = st.sampled_from([np.dtype(name) for name in NATIVE_DTYPES + SWAPPED_DTYPES + OTHER_DTYPES]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
