"""Shelves: what one end lays the other takes, and nothing that the first end does harms the second."""

import mmap
import os
import sys
from pathlib import Path

import pytest

from openenv.processes.shelf import CAPACITY, Address, OthersShelf, Shelf

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no shelves")

HERE = os.getpid()


def lay(shelf: Shelf, data: bytes) -> bytes:
    room = shelf.room(len(data))
    assert room is not None
    place, memory = room
    memory[:] = data
    return place


@pytest.fixture
def ends() -> tuple[Shelf, OthersShelf]:
    shelf = Shelf()
    return shelf, OthersShelf.find(HERE, shelf.address)


def test_what_is_laid_is_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    data = [bytes([number]) * size for number, size in enumerate((1, 64, 100_000, CAPACITY // 2))]
    places = [lay(shelf, each) for each in data]
    assert [others.take(place, len(each)) for place, each in zip(places, data, strict=True)] == data


def test_who_has_found_it_is_known():
    shelf = Shelf()
    assert not shelf.is_known
    OthersShelf.find(HERE, shelf.address)
    assert shelf.is_known


def test_nothing_is_laid_over_what_was_not_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    first = lay(shelf, b"a" * CAPACITY)
    assert shelf.room(1) is None
    assert others.take(first, CAPACITY) == b"a" * CAPACITY
    second, third = lay(shelf, b"b" * 100), lay(shelf, b"c" * 100)
    assert others.take(second, 100) == b"b" * 100
    assert shelf.room(CAPACITY) is None  # the third is still there
    assert others.take(third, 100) == b"c" * 100
    assert shelf.room(CAPACITY) is not None


def test_what_no_message_says_is_free_when_a_later_one_is_taken(ends: tuple[Shelf, OthersShelf]):
    shelf, others = ends
    lay(shelf, b"lost")
    others.take(lay(shelf, b"found"), 5)
    assert shelf.room(CAPACITY) is not None


def test_there_is_no_more_room_than_its_capacity(ends: tuple[Shelf, OthersShelf]):
    assert ends[0].room(CAPACITY + 1) is None


@pytest.mark.parametrize(
    ("start", "size"), [(0, 8), (mmap.PAGESIZE - 1, 1), (mmap.PAGESIZE, CAPACITY + 1), (2**64 - 1, 1)]
)
def test_there_is_no_place_outside(ends: tuple[Shelf, OthersShelf], start: int, size: int):
    with pytest.raises(ValueError, match="there is no place"):
        ends[1].take((7).to_bytes(8, "big") + start.to_bytes(8, "big"), size)


def test_the_memory_cannot_be_taken_away():
    shelf = Shelf()
    with pytest.raises(PermissionError):
        os.ftruncate(shelf.address.fd, 0)


def descriptor(kind: str, tmp_path: Path) -> Address:
    if kind == "file":
        path = tmp_path / "file"
        path.write_bytes(b"x" * CAPACITY * 2)
        return Address(os.open(path, os.O_RDWR), "openenv-x")
    if kind == "pipe":
        return Address(os.pipe()[0], "openenv-x")
    fd = os.memfd_create("openenv-x", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, CAPACITY * 2)
    return Address(fd, "openenv-x")


@pytest.mark.parametrize("kind", ["file", "pipe", "unsealed"])
def test_what_is_no_shelf_is_not_taken_for_one(kind: str, tmp_path: Path):
    address = descriptor(kind, tmp_path)
    with pytest.raises(OSError, match=r"is (no shelf|not sealed)"):
        OthersShelf.find(HERE, address)
    os.close(address.fd)


def test_one_that_is_too_small_is_none():
    import fcntl

    fd = os.memfd_create("openenv-x", os.MFD_ALLOW_SEALING)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    with pytest.raises(ValueError, match="mmap length"):
        OthersShelf.find(HERE, Address(fd, "openenv-x"))
    os.close(fd)


def test_nothing_is_found_where_nothing_is():
    shelf = Shelf()
    with pytest.raises(OSError, match="no shelf"):
        OthersShelf.find(HERE, Address(shelf.address.fd, "openenv-other"))
    with pytest.raises(FileNotFoundError):
        OthersShelf.find(HERE, Address(9999, shelf.address.name))
    with pytest.raises(OSError, match="not known yet"):
        OthersShelf.find(None, shelf.address)
    assert not shelf.is_known


def test_its_file_descriptor_ends_with_it():
    shelf = Shelf()
    fd = shelf.address.fd
    os.fstat(fd)
    del shelf
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
