"""What the reference implementation gets wrong about sessions, and the tests that hold us to the opposite.

The claims that are not proved elsewhere are tests of this file.
"""

import math
import sys
from pathlib import Path

import pytest

from openenv.errors import DeadlineExceeded
from openenv.sessions.leases import Leases
from tests.behaviour import test_bad_input, test_deadlines, test_faults, test_interleavings
from tests.behaviour.ledger import Entry, Ledger, LedgerEnv
from tests.behaviour.places import through_a_server
from tests.server import test_deadlines as test_server_deadlines
from tests.server import test_leases, test_routes_episode, test_routes_info

TESTS = Path(__file__).resolve().parents[1]

PROVED_ELSEWHERE = {
    "2: a late reply answers no later request": [
        test_deadlines.test_a_step_that_takes_too_long_is_a_deadline_and_its_late_reply_answers_nothing_else,
        test_deadlines.test_several_late_replies_answer_nothing_else,
        test_interleavings.test_each_request_is_carried_out_once_whatever_happens_to_the_connections,
        test_interleavings.test_on_v1_a_session_ends_with_its_connection_and_no_late_reply_answers_anything_else,
    ],
    "3: an episode over HTTP has many steps": [
        test_routes_episode.test_an_episode_has_many_steps,
        test_routes_episode.test_episodes_do_not_know_of_each_other,
    ],
    "4: a list, a binary message and a validator that raises cost no session": [
        test_bad_input.test_what_is_no_json_object_is_invalid_json,
        test_bad_input.test_fields_that_are_missing_unknown_or_wrong_are_validation_errors,
        test_routes_episode.test_an_action_that_a_validator_of_its_own_refuses_is_refused,
        test_routes_episode.test_a_session_lives_on_after_an_action_that_was_refused,
    ],
    "5: a connection keeps its environment, and an abandoned session gives up its slot": [
        test_leases.test_a_session_that_is_held_is_not_idle,
        test_leases.test_a_session_is_held_while_a_websocket_is_attached,
        test_leases.test_a_session_is_closed_when_nobody_has_used_it_for_long_enough,
        test_leases.test_when_the_server_is_full_the_session_that_has_been_alone_for_longest_makes_room,
    ],
    "6: step, reset, making and closing have deadlines": [
        test_server_deadlines.test_a_process_is_interrupted_at_the_deadline_and_the_session_goes_on,
        test_server_deadlines.test_a_thread_cannot_be_interrupted_so_its_session_ends_and_its_slot_stays_taken,
        test_server_deadlines.test_an_environment_that_is_not_made_in_time_is_a_deadline_and_leaves_nothing,
        test_server_deadlines.test_an_environment_that_is_not_closed_in_time_is_ended_and_leaves_nothing,
    ],
    "7: constructors and close run beside the event loop, and metadata make no environment": [
        test_routes_episode.test_no_constructor_and_no_close_runs_on_an_event_loop,
        test_routes_info.test_metadata_comes_from_the_class_and_makes_no_environment,
    ],
    "8: at capacity clients wait, in order and for a bounded time": [
        test_server_deadlines.test_clients_wait_in_order_for_a_slot,
        test_server_deadlines.test_a_queue_that_is_full_and_a_wait_that_is_too_long_are_capacity_errors_with_the_numbers,
    ],
    "15: a reward that is NaN is an error": [
        test_faults.test_a_reward_that_is_no_finite_number_is_an_error_that_names_the_environment
    ],
}
"""By the number in the list of the reference's faults."""


@pytest.mark.parametrize("claim", PROVED_ELSEWHERE)
def test_the_claim_is_proved_by_tests_of_this_suite(claim):
    for proof in PROVED_ELSEWHERE[claim]:
        module = Path(sys.modules[proof.__module__].__file__ or "")
        assert proof.__name__.startswith("test_")
        assert module.name.startswith("test_")
        assert module.is_relative_to(TESTS)


@through_a_server
async def test_1_after_a_timeout_the_next_step_goes_on_with_the_episode(place, pipes):
    async with place.client(Ledger, LedgerEnv, message_timeout_s=0.3) as env:
        begun = (await env.reset(mark=1, timeout_s=30)).observation
        with pytest.raises(DeadlineExceeded):
            await env.step(Entry(mark=2, held_by=pipes.path))
        pipes.let_go()
        after = (await env.step(Entry(mark=3), timeout_s=30)).observation
        assert (after.life, after.mark, after.marks) == (begun.life, 3, [1, 2, 3])


def test_5_abandoned_sessions_end_where_nothing_else_is_said():
    leases = Leases()
    assert all(0 < seconds < math.inf for seconds in (leases.alone_s, leases.http_s, leases.quiet_s, leases.spare_s))
