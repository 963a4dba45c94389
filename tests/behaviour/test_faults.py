"""What an environment does wrong is an error that says so, and the session lives on wherever it can."""

import pytest

from openenv.errors import ExecutionError, InvalidReward, SessionCrashed, SessionError, SessionLost
from tests.behaviour.living import Look, LookEnv, Report, Ticker
from tests.behaviour.places import by_every_client, everywhere, in_a_process_of_its_own, over_a_wire, through_a_server
from tests.behaviour.remains import eventually
from tests.behaviour.unruly import Clinging, Unruly

WELL_BEHAVED = Report(text="well")


async def failure_of(call) -> Exception:
    try:
        answer = await call
    except Exception as error:
        return error
    raise AssertionError(f"no failure, but {answer}")


def crash(error, place) -> tuple[str, str | None, int | None]:
    """What a crash says; v1 has no word for one but SESSION_ERROR, and its text."""
    if place.way.wire == "v1":
        assert type(error) is SessionError
        signal = "SIGKILL" if "SIGKILL" in str(error) else None
        return str(error), signal, None if signal else 3
    assert isinstance(error, SessionCrashed)
    assert isinstance(error, SessionLost)
    return str(error), error.signal, error.exit_status


@everywhere
@pytest.mark.parametrize("operation", ["reset", "step"])
async def test_what_the_environment_raises_is_an_execution_error_and_the_session_lives_on(place, operation):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    call = env.reset(what="raise") if operation == "reset" else env.step(Look(what="raise"))
    error = await failure_of(call)
    assert (type(error), error.message) == (ExecutionError, "no such drawer")
    assert error.exception_type == (None if place.way.wire == "v1" else "LookupError")
    assert (await env.step(Look(what="behave"))).observation == WELL_BEHAVED


@everywhere
@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("raise without text", ""),
        ("raise what no text can tell", "<_Mute whose text cannot be read>"),
        ("raise past Exception", "at the disco"),
        ("call sys.exit", "had enough"),
    ],
)
async def test_no_fault_of_a_step_ends_the_session(place, fault, text):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    error = await failure_of(env.step(Look(what=fault)))
    assert (type(error), error.message) == (ExecutionError, text)
    assert (await env.step(Look(what="behave"))).observation == WELL_BEHAVED


@everywhere
@pytest.mark.parametrize(("fault", "found"), [("return the wrong thing", "int"), ("return nothing", "NoneType")])
async def test_what_is_no_observation_is_an_error_that_names_the_environment(place, fault, found):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    error = await failure_of(env.step(Look(what=fault)))
    assert type(error) is ExecutionError
    assert f"Unruly.step returned {found}, not an observation" in error.message
    assert (await env.step(Look(what="behave"))).observation == WELL_BEHAVED


@everywhere
async def test_an_environment_that_awaits_and_calls_sys_exit_lives_on(place):
    env = await place.shared(Ticker, LookEnv)
    await env.reset()
    error = await failure_of(env.step(Look(what="call sys.exit")))
    assert (type(error), error.message) == (ExecutionError, "had enough")
    assert (await env.step(Look(what="call sys.exit in a task"))).observation.text == "the same loop and thread"
    await env.step(Look(what="wait for ticks"))


@everywhere
@pytest.mark.parametrize(("fault", "value"), [("reward with NaN", "nan"), ("reward with infinity", "-inf")])
async def test_a_reward_that_is_no_finite_number_is_an_error_that_names_the_environment(place, fault, value):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    error = await failure_of(env.step(Look(what=fault)))
    assert isinstance(error, ExecutionError)
    assert error.message == f"Unruly.step returned the reward {value}; a reward is None or a finite number"
    assert type(error) is (ExecutionError if place.way.wire == "v1" else InvalidReward)
    assert (await env.step(Look(what="behave"))).observation == WELL_BEHAVED


@over_a_wire
async def test_an_observation_that_cannot_be_sent_is_an_execution_error(place):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    error = await failure_of(env.step(Look(what="return what cannot be sent")))
    assert type(error) is ExecutionError
    assert "values of type lock cannot be sent" in error.message
    assert (await env.step(Look(what="behave"))).observation == WELL_BEHAVED


@through_a_server
async def test_the_traceback_is_in_the_servers_log_and_not_on_the_wire(place, served):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    before = len(served.log)
    error = await failure_of(env.step(Look(what="raise")))
    assert "Traceback" not in str(error)
    assert await place.blocking(eventually, lambda: 'raise LookupError("no such drawer")' in served.log[before:])


@by_every_client
async def test_a_close_that_raises_is_no_matter_of_the_clients(place):
    async with place.client(Clinging, LookEnv) as env:
        assert (await env.reset()).observation.text == "ready"


@everywhere
async def test_what_a_server_answered_is_also_a_runtime_error(place):
    env = await place.shared(Unruly, LookEnv)
    await env.reset()
    assert isinstance(await failure_of(env.step(Look(what="raise"))), RuntimeError)


@in_a_process_of_its_own
async def test_a_process_that_is_killed_in_a_step_is_a_crash_with_its_signal(place):
    async with place.client(Unruly, LookEnv) as env, place.client(Unruly, LookEnv) as other:
        await env.reset()
        await other.reset()
        error = await failure_of(env.step(Look(what="end by signal")))
        assert crash(error, place) == ("the process of the session was ended by SIGKILL", "SIGKILL", None)
        assert (await other.step(Look(what="behave"))).observation == WELL_BEHAVED


@in_a_process_of_its_own
async def test_a_process_that_exits_in_a_step_is_a_crash_with_its_exit_status(place):
    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        error = await failure_of(env.step(Look(what="end by exit")))
        assert crash(error, place) == ("the process of the session ended with exit status 3", None, 3)


@in_a_process_of_its_own
async def test_a_crash_is_told_at_once_also_when_a_child_keeps_the_channel_open(place, pipes):
    async with place.client(Unruly, LookEnv, message_timeout_s=20) as env:
        await env.reset()
        error = await failure_of(env.step(Look(what="end, but leave a child", path=pipes.path)))
    pipes.let_go()
    assert "the process of the session ended with exit status 4" in str(error)


@in_a_process_of_its_own
async def test_after_a_crash_only_reset_begins_a_new_session(place):
    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        first = await failure_of(env.step(Look(what="end by exit")))
        second = await failure_of(env.step(Look(what="behave")))
        third = await failure_of(env.state())
        assert [str(error) for error in (second, third)] == [str(first)] * 2
        assert (await env.reset()).observation.text == "ready"
        assert (await env.step(Look(what="behave"))).observation == WELL_BEHAVED
