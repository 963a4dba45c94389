"""Shelves: what one end lays the other takes, and nothing that the first end does harms the second."""

import ctypes
import errno
import fcntl
import mmap
import os
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from openenv.processes.shelf import CAPACITY, OthersShelf, Shelf

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no shelves")

HERE = SimpleNamespace(pid=os.getpid())


def found(fd: int, name: str, number: int = 1) -> OthersShelf:
    others = OthersShelf(HERE)
    others.find(fd, name, number)
    return others


def lay(shelf: Shelf, data: bytes) -> bytes:
    allocated = shelf.allocate(len(data))
    assert allocated is not None
    place, memory = allocated
    memory[:] = data
    return place


def take(ends: tuple[Shelf, OthersShelf], place: bytes, size: int) -> bytes:
    """As from a message of its own, of which the sender is told."""
    shelf, others = ends
    others.left = CAPACITY
    data = others.take(place, size)
    shelf.taken = others.taken
    return data


@pytest.fixture
def ends() -> tuple[Shelf, OthersShelf]:
    shelf = Shelf()
    others = found(*shelf.address)
    shelf.taken = others.taken
    return shelf, others


def test_what_is_laid_is_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    data = [bytes([number]) * size for number, size in enumerate((1, 64, 100_000, CAPACITY // 2))]
    places = [lay(shelf, each) for each in data]
    assert [others.take(place, len(each)) for place, each in zip(places, data, strict=True)] == data


def test_a_message_names_no_more_than_there_is(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    place = lay(shelf, b"x" * CAPACITY)
    others.take(place, CAPACITY)
    with pytest.raises(ValueError, match="there is no place"):
        others.take(place, 1)
    others.left = CAPACITY
    others.take(place, CAPACITY)


def test_there_is_a_number_to_tell_once_it_is_found():
    shelf = Shelf()
    assert OthersShelf(HERE).taken == 0
    assert found(*shelf.address).taken > 0


def test_what_is_found_again_is_the_same(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    before = len(os.listdir("/proc/self/fd"))
    others.find(*shelf.address)
    assert len(os.listdir("/proc/self/fd")) == before


def test_nothing_is_laid_over_what_was_not_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, _ = ends
    first = lay(shelf, b"a" * CAPACITY)
    assert shelf.allocate(1) is None
    assert take(ends, first, CAPACITY) == b"a" * CAPACITY
    second, third = lay(shelf, b"b" * 100), lay(shelf, b"c" * 100)
    assert take(ends, second, 100) == b"b" * 100
    assert shelf.allocate(CAPACITY) is None  # the third is still there
    assert take(ends, third, 100) == b"c" * 100
    assert shelf.allocate(CAPACITY) is not None


def test_what_no_message_says_is_free_when_a_later_one_is_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, _ = ends
    lay(shelf, b"lost")
    take(ends, lay(shelf, b"found"), 5)
    assert shelf.allocate(CAPACITY) is not None


def test_what_was_told_late_frees_nothing(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    take(ends, lay(shelf, b"first"), 5)
    late, others.left = others.taken, CAPACITY
    second, third = lay(shelf, b"second"), lay(shelf, b"third")
    others.take(second, 6)
    shelf.taken = late
    assert shelf.allocate(CAPACITY) is None
    assert take(ends, third, 5) == b"third"
    assert shelf.allocate(CAPACITY) is not None


def test_there_is_no_more_room_than_its_capacity(ends: tuple[Shelf, OthersShelf]):
    assert ends[0].allocate(CAPACITY + 1) is None


@pytest.mark.parametrize(("start", "size"), [(CAPACITY, 1), (1, CAPACITY), (0, CAPACITY + 1), (2**64 - 1, 1)])
def test_there_is_no_place_outside(ends: tuple[Shelf, OthersShelf], start: int, size: int):
    lay(ends[0], b"x" * CAPACITY)
    with pytest.raises(ValueError, match="there is no place"):
        ends[1].take(place(start), size)


def test_the_address_says_what_was_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    lay(shelf, b"x" * CAPACITY)  # of which nobody is told
    assert shelf.allocate(1) is None
    others.find(*shelf.address)
    shelf.taken = others.taken
    assert shelf.allocate(CAPACITY) is not None


def test_nothing_that_was_laid_can_be_taken_away(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    place = lay(shelf, b"x" * 1000)
    fd = shelf.address[0]
    for take_away in (lambda: os.ftruncate(fd, 0), lambda: os.ftruncate(fd, 999), lambda: hole(fd, CAPACITY)):
        with pytest.raises(PermissionError):
            take_away()
    assert others.take(place, 1000) == b"x" * 1000


def hole(fd: int, size: int) -> None:
    """fallocate(2) with FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE, which Python has no function for."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.fallocate(fd, 3, ctypes.c_long(0), ctypes.c_long(size)) != 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def test_only_its_maker_writes(ends: tuple[Shelf, OthersShelf]):
    shelf, _ = ends
    with pytest.raises(PermissionError):
        os.pwrite(shelf.address[0], b"x", 0)
    with pytest.raises(PermissionError):
        mmap.mmap(shelf.address[0], CAPACITY)


def sealed(seals: int, *, size: int = CAPACITY) -> tuple[int, str]:
    """Memory as a hostile process may make it."""
    fd = os.memfd_create("openenv-x", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    if seals:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd, "openenv-x"


SEALS = (0x02, 0x04, 0x10)
"""F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_FUTURE_WRITE."""

ALL_SEALS = sum(SEALS)


@pytest.mark.parametrize(
    ("seals", "size"),
    [
        (0, CAPACITY),
        *((ALL_SEALS - missing, CAPACITY) for missing in SEALS),
        *((ALL_SEALS, size) for size in (0, CAPACITY - 1, CAPACITY + 1, 2 * CAPACITY)),
    ],
)
def test_what_has_another_size_or_could_change_is_no_shelf(seals: int, size: int):
    fd, name = sealed(seals, size=size)
    others = OthersShelf(HERE)
    with pytest.raises(OSError, match="no shelf"):
        others.find(fd, name, 1)
    assert descriptors_of(fd) == 1
    assert others.taken == 0


def descriptors_of(fd: int) -> int:
    """How many of this process's there are for the same file; this one is closed."""
    wanted, count = os.fstat(fd), 0
    for other in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            count += os.path.samestat(os.stat(int(other)), wanted)
    os.close(fd)
    return count


def test_where_nothing_ever_was_is_no_place():
    """Reading there could find no memory, and end the reader."""
    fd, name = sealed(0)
    memory = mmap.mmap(fd, CAPACITY)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, ALL_SEALS)
    memory[: mmap.PAGESIZE] = b"x" * mmap.PAGESIZE
    memory[4 * mmap.PAGESIZE] = 1  # behind a hole
    others = found(fd, name)
    assert others.take(place(0), mmap.PAGESIZE) == b"x" * mmap.PAGESIZE
    for start in (1, mmap.PAGESIZE, 4 * mmap.PAGESIZE):
        with pytest.raises(ValueError, match="there is no place"):
            others.take(place(start), mmap.PAGESIZE)
    memory[mmap.PAGESIZE : 4 * mmap.PAGESIZE] = bytes(3 * mmap.PAGESIZE)
    assert others.take(place(4 * mmap.PAGESIZE), 1) == b"\1"
    os.close(fd)


def test_what_is_found_behind_the_end_of_another_one_is_looked_at_anew(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    others.take(lay(shelf, b"data"), 4)
    others.close()
    empty = Shelf()
    others.find(*empty.address)
    with pytest.raises(ValueError, match="there is no place"):
        others.take(place(0), 4)


def place(start: int) -> bytes:
    return struct.pack("=QQ", 7, start)


def test_what_was_allocated_and_never_filled_is_no_hole(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    shelf.allocate(100_000)
    assert others.take(lay(shelf, b"data"), 4) == b"data"


def test_where_there_is_no_memory_there_is_no_room(ends: tuple[Shelf, OthersShelf], monkeypatch: pytest.MonkeyPatch):
    shelf, _ = ends
    first = lay(shelf, b"first")

    def no_memory(*arguments: int) -> None:
        raise OSError(errno.ENOSPC, "no memory is left")

    monkeypatch.setattr(os, "posix_fallocate", no_memory)
    assert shelf.allocate(100_000) is None
    take(ends, first, 5)
    assert shelf.allocate(5) is not None  # where there was some before


def other_descriptors(tmp_path: Path) -> dict[str, int]:
    (tmp_path / "file").write_bytes(b"x" * CAPACITY * 2)
    os.mkfifo(tmp_path / "fifo")
    return {
        "file": os.open(tmp_path / "file", os.O_RDWR),
        "fifo": os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK),
        "socket": socket.socket().detach(),
        "other memory": os.memfd_create("openenv-y"),
    }


@pytest.mark.parametrize("kind", ["file", "fifo", "socket", "other memory"])
def test_what_is_no_shelf_is_not_taken_for_one(kind: str, tmp_path: Path):
    descriptors = other_descriptors(tmp_path)
    with pytest.raises(OSError, match="is no shelf"):
        found(descriptors[kind], "openenv-x")
    for fd in descriptors.values():
        os.close(fd)


MOUNTS = """
import os, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "none", sys.argv[1]], check=True)
path = f"{sys.argv[1]}/memfd:openenv-x"
file = open(path, "w+b")
os.unlink(path)
subprocess.run(["umount", "-l", sys.argv[1]], check=True)
print(file.fileno(), os.readlink(f"/proc/self/fd/{file.fileno()}"), flush=True)
sys.stdin.read()
"""


def test_a_file_of_that_name_on_a_file_system_of_the_processes_own_is_none(tmp_path: Path):
    command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-c", MOUNTS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        fd, shown = process.stdout.readline().split(maxsplit=1)
        assert shown == "/memfd:openenv-x (deleted)\n"
        with pytest.raises(OSError, match="no shelf"):
            OthersShelf(process).find(int(fd), "openenv-x", 1)


LEASES = """
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
fd = os.memfd_create("openenv-x", os.MFD_ALLOW_SEALING)
again = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
fcntl.fcntl(again, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print(fd, flush=True)
sys.stdin.read()
"""


def test_a_process_with_a_lease_on_it_does_not_hold_up_its_owner():
    """Who opens such a file waits for the lease to end, which is three quarters of a minute."""
    with subprocess.Popen(
        [sys.executable, "-c", LEASES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        fd = int(process.stdout.readline())
        with pytest.raises(BlockingIOError):
            OthersShelf(process).find(fd, "openenv-x", 1)


def test_not_every_offer_is_looked_at():
    """A hostile process could make each one cost milliseconds."""
    fd, name = sealed(0)
    others, shelf = OthersShelf(HERE), Shelf()
    failures = []
    for _ in range(100):
        with pytest.raises(OSError, match="no shelf") as raised:
            others.find(fd, name, 1)
        failures.append(str(raised.value))
    assert 90 < failures.count("the process has offered too often what is no shelf") < 100
    with pytest.raises(OSError, match="too often"):
        others.find(*shelf.address)
    os.close(fd)


def test_nothing_is_found_where_nothing_is():
    shelf = Shelf()
    fd, name, _ = shelf.address
    with pytest.raises(OSError, match="no shelf"):
        found(fd, "openenv-other")
    with pytest.raises(FileNotFoundError):
        found(9999, name)
    with pytest.raises(OSError, match="not known yet"):
        OthersShelf(SimpleNamespace(pid=None)).find(fd, name, 1)


def test_nothing_is_taken_behind_its_end(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    place = lay(shelf, b"data")
    others.close()
    others.close()
    with pytest.raises(ValueError, match="there is no place"):
        others.take(place, 4)


def test_its_file_descriptor_ends_with_it():
    shelf = Shelf()
    fd = shelf.address[0]
    os.fstat(fd)
    del shelf
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
