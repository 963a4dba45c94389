"""Shelves: what one end lays the other takes, and nothing that the first end does harms the second."""

import errno
import mmap
import os
import socket
import struct
import subprocess
import sys
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


@pytest.fixture
def ends() -> tuple[Shelf, OthersShelf]:
    shelf = Shelf()
    return shelf, found(*shelf.address)


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


def test_it_is_told_that_it_is_found():
    shelf = Shelf()
    assert not shelf.is_found
    found(*shelf.address)
    assert shelf.is_found


def test_what_is_found_again_is_the_same(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    before = len(os.listdir("/proc/self/fd"))
    others.find(*shelf.address)
    assert len(os.listdir("/proc/self/fd")) == before


def test_nothing_is_laid_over_what_was_not_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    first = lay(shelf, b"a" * CAPACITY)
    assert shelf.allocate(1) is None
    assert others.take(first, CAPACITY) == b"a" * CAPACITY
    others.left = CAPACITY
    second, third = lay(shelf, b"b" * 100), lay(shelf, b"c" * 100)
    assert others.take(second, 100) == b"b" * 100
    assert shelf.allocate(CAPACITY) is None  # the third is still there
    assert others.take(third, 100) == b"c" * 100
    assert shelf.allocate(CAPACITY) is not None


def test_what_no_message_says_is_free_when_a_later_one_is_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    lay(shelf, b"lost")
    others.take(lay(shelf, b"found"), 5)
    assert shelf.allocate(CAPACITY) is not None


def test_there_is_no_more_room_than_its_capacity(ends: tuple[Shelf, OthersShelf]):
    assert ends[0].allocate(CAPACITY + 1) is None


@pytest.mark.parametrize(
    ("start", "size"), [(0, 8), (mmap.PAGESIZE - 1, 1), (mmap.PAGESIZE, CAPACITY + 1), (2**64 - 1, 1)]
)
def test_there_is_no_place_outside(ends: tuple[Shelf, OthersShelf], start: int, size: int):
    with pytest.raises(ValueError, match="there is no place"):
        ends[1].take(struct.pack("=QQ", 7, start), size)


def test_the_address_says_what_was_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    lay(shelf, b"x" * CAPACITY)  # of which nobody is told
    assert shelf.allocate(1) is None
    others.find(*shelf.address)
    assert shelf.allocate(CAPACITY) is not None


@pytest.mark.parametrize("size", [0, mmap.PAGESIZE + 100])
def test_what_is_gone_is_an_error(ends: tuple[Shelf, OthersShelf], size: int):
    shelf, others = ends
    place = lay(shelf, b"x" * 1000)
    os.ftruncate(shelf.address[0], size)
    with pytest.raises(ValueError, match="is gone"):
        others.take(place, 1000)


def test_where_there_is_no_memory_there_is_no_room(ends: tuple[Shelf, OthersShelf], monkeypatch: pytest.MonkeyPatch):
    shelf, others = ends
    first = lay(shelf, b"first")

    def no_memory(*arguments: int) -> None:
        raise OSError(errno.ENOSPC, "no memory is left")

    monkeypatch.setattr(os, "posix_fallocate", no_memory)
    assert shelf.allocate(100_000) is None
    others.take(first, 5)
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


def test_nothing_is_found_where_nothing_is():
    shelf = Shelf()
    fd, name, _ = shelf.address
    with pytest.raises(OSError, match="no shelf"):
        found(fd, "openenv-other")
    with pytest.raises(FileNotFoundError):
        found(9999, name)
    with pytest.raises(OSError, match="not known yet"):
        OthersShelf(SimpleNamespace(pid=None)).find(fd, name, 1)
    assert not shelf.is_found


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
