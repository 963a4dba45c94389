"""The reply window: whatever ids, repetitions and acknowledgements come, each request is carried out once."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from openenv.errors import SessionError
from openenv.sessions.replies import WINDOW, ReplyWindow
from openenv.wire.frames import Failure, Reply, StateReply, Step

STEPS_AHEAD = st.one_of(st.integers(1, 3), st.integers(1, 2 * WINDOW))
BEHIND = st.integers(-2, 5) | st.integers(0, 2 * WINDOW)


class Windows(RuleBasedStateMachine):
    """One window, and what is known of each id that has come."""

    def __init__(self) -> None:
        super().__init__()
        self.window = ReplyWindow()
        self.highest = 0
        self.forgotten = 0
        """Up to this id, replies count as received."""
        self.running: list[int] = []
        self.replies: dict[int, Reply] = {}
        self.listening: dict[int, list[Reply]] = {}
        """What the last who asked for a running request has been told."""

    def admit(self, id: int, acknowledged: int) -> tuple[bool, list[Reply]]:
        told: list[Reply] = []
        before = {other: list(heard) for other, heard in self.listening.items()}
        is_new = self.window.admit(Step(1, id, {}, None, acknowledged), told.append)
        assert self.listening == before, "somebody else was told"
        self.forgotten = max(self.forgotten, acknowledged, id - WINDOW)
        for other in [known for known in self.replies if known <= self.forgotten]:
            del self.replies[other]
        return is_new, told

    @rule(ahead=STEPS_AHEAD, behind=BEHIND)
    def new_request(self, ahead: int, behind: int) -> None:
        id = self.highest + ahead
        is_new, told = self.admit(id, acknowledged=max(0, self.highest - behind))
        assert (is_new, told) == (True, [])
        self.highest = id
        self.running.append(id)
        self.listening[id] = told

    @rule(data=st.data(), behind=BEHIND)
    def request_that_has_come_before_or_never_will(self, data: st.DataObject, behind: int) -> None:
        id = data.draw(st.sampled_from([0, *self.running, *self.replies]) | st.integers(0, self.highest))
        is_new, told = self.admit(id, acknowledged=max(0, self.highest - behind))
        assert not is_new
        if id in self.running:
            assert told == []
            self.listening[id] = told
        elif id in self.replies:
            assert told == [self.replies[id]]
        else:
            assert [type(reply) for reply in told] == [Failure]
            assert isinstance(told[0].error(), SessionError)
            assert (told[0].channel, told[0].id) == (1, id)

    @rule(data=st.data())
    def a_request_ends(self, data: st.DataObject) -> None:
        if self.running:
            id = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
            reply = StateReply(1, id, {"of": id})
            self.window.settle(reply)
            assert self.listening.pop(id) == [reply]
            self.replies[id] = reply

    @invariant()
    def nobody_is_told_before_the_end(self) -> None:
        assert all(told == [] for told in self.listening.values())


def test_each_id_is_carried_out_once_and_each_repetition_gets_the_same_reply():
    run_state_machine_as_test(Windows, settings=settings(max_examples=60, stateful_step_count=60, deadline=None))


def test_an_older_acknowledgement_takes_nothing_back():
    window, told = ReplyWindow(), list[Reply]()
    for id, acknowledged in ((1, 0), (3, 2), (4, 0)):
        assert window.admit(Step(1, id, {}, None, acknowledged), told.append)
    window.settle(StateReply(1, 1, {}))
    assert not window.admit(Step(1, 1, {}), told.append)
    assert [type(reply) for reply in told] == [StateReply, Failure]
