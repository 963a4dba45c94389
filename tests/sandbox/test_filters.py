"""The filters of system calls: what they refuse, and that those on disk are the policy's."""

import errno

import pytest

from openenv.sandbox.filters.assembler import Check, Condition, Rule, assemble
from openenv.sandbox.filters.numbers import NUMBERS
from openenv.sandbox.filters.policy import ARCHITECTURES, Filter, program
from tests.sandbox.bpf import ALLOW, KILL, verdict

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Of each architecture: read, write, openat, mmap, exit_group, getpid, futex, wait4.
ORDINARY = {"x86_64": (0, 1, 257, 9, 231, 39, 202, 61), "aarch64": (63, 64, 56, 222, 94, 172, 98, 260)}
THREAD = 0x3D0F00  # the flags with which libc makes a thread
FORK = 0x1200011

each_filter = pytest.mark.parametrize("which", Filter)
each_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


def base(architecture, name, *arguments, which=Filter.BASE):
    number = NUMBERS[name][ARCHITECTURES.index(architecture)]
    return verdict(
        which.path(architecture).read_bytes(),
        architecture=AUDIT[architecture],
        number=number,
        arguments=arguments,
    )


@each_filter
@each_architecture
def test_the_filters_that_ship_are_those_that_the_policy_makes(which, architecture):
    assert which.path(architecture).read_bytes() == program(which, architecture)


@each_filter
@each_architecture
def test_ordinary_calls_are_allowed(which, architecture):
    filtered = which.path(architecture).read_bytes()
    seen = {verdict(filtered, architecture=AUDIT[architecture], number=number) for number in ORDINARY[architecture]}
    assert seen == {ALLOW}


@each_filter
@each_architecture
def test_calls_of_another_architecture_end_the_process(which, architecture):
    filtered = which.path(architecture).read_bytes()
    assert verdict(filtered, architecture=0x40000003, number=1) == KILL


@each_architecture
def test_calls_that_are_not_known_yet_are_not_implemented(architecture):
    filtered = Filter.BASE.path(architecture).read_bytes()
    numbers = (451, 463, 1000, 0x40000001, 0xFFFFFFF)
    seen = {verdict(filtered, architecture=AUDIT[architecture], number=number) for number in numbers}
    assert seen == {errno.ENOSYS}


@each_architecture
@pytest.mark.parametrize("name", ["mount", "unshare", "setns", "ptrace", "bpf", "keyctl", "socket", "kexec_load"])
def test_what_reaches_out_is_not_permitted(architecture, name):
    assert base(architecture, name) == errno.EPERM


@each_architecture
@pytest.mark.parametrize("name", ["clone3", "io_uring_setup", "memfd_create"])
def test_what_libraries_do_without_is_not_implemented(architecture, name):
    assert base(architecture, name) == errno.ENOSYS


@each_architecture
@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("clone", [(THREAD,), (FORK,), (17,)], [(17 | bit,) for bit in (1 << 17, 1 << 28, 1 << 29, 1 << 30)]),
        ("socketpair", [(1, 1), (1, 5), (1, 0x80801)], [(2, 1), (16, 3), (40, 1), (1, 2), (1, 3), (1, 0x80002)]),
        ("setsockopt", [(0, 1, 2), (0, 1, 9)], [(0, 1, 7), (0, 1, 8), (0, 1, 32), (0, 1, 33)]),
        ("ioctl", [(0, 0x5401), (1, 0x5413)], [(0, 0x5412), (0, 0x541C), (0, 0x5412 | 1 << 32)]),
        ("personality", [(0,), (0xFFFFFFFF,)], [(0x0040000,)]),
        ("prlimit64", [(0, 7)], [(1, 7), (4711, 7)]),
        ("setpriority", [(0, 0), (1, 0)], [(0, 5), (2, 0), (2, 5)]),
    ],
)
def test_arguments_decide_where_a_call_has_harmless_uses(architecture, name, allowed, refused):
    assert {base(architecture, name, *arguments) for arguments in allowed} == {ALLOW}
    assert {base(architecture, name, *arguments) for arguments in refused} == {errno.EPERM}


@each_architecture
@pytest.mark.parametrize(("name", "command"), [("fcntl", 8), ("fcntl", 15), ("ioctl", 0x8901), ("ioctl", 0x8902)])
def test_no_other_process_can_be_named_as_the_one_whom_input_signals(architecture, name, command):
    assert base(architecture, name, 0, command, which=Filter.NO_SIGNALS) == errno.EPERM
    assert base(architecture, name, 0, 1, which=Filter.NO_SIGNALS) == ALLOW


@pytest.mark.parametrize(
    ("test", "holds", "fails"),
    [
        (Check.ANY_BIT_OF, (1, 4, 5, 7), (0, 2, 8)),
        (Check.ONE_OF, (1, 4), (0, 5, 2)),
        (Check.NONE_OF, (0, 5, 2), (1, 4)),
    ],
)
def test_a_condition_holds_for_any_of_its_values(test, holds, fails):
    rules = [Rule(7, errno.EACCES, Condition(2, test, (1, 4))), Rule(7, errno.EIO, Condition(0, Check.ONE_OF, (9,)))]
    made = assemble(rules, architecture=5, end=100, unknown=errno.ENOSYS)

    def seen(values, first=0):
        return {verdict(made, architecture=5, number=7, arguments=(first, 0, value)) for value in values}

    assert (seen(holds), seen(fails), seen(fails, first=9)) == ({errno.EACCES}, {ALLOW}, {errno.EIO})
