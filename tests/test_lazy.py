"""What a package that exports lazily promises: names on demand, and Python's own words for a name it does not have."""

import sys
from types import ModuleType

import pytest

from openenv._lazy import attach


@pytest.fixture
def package(monkeypatch):
    module = ModuleType("lazy_package")
    exports = {"Decimal": "decimal", "Ratio": "fractions:Fraction"}
    module.__getattr__, module.__dir__, module.__all__ = attach("lazy_package", exports)
    monkeypatch.setitem(sys.modules, "lazy_package", module)
    return module


def test_a_name_is_the_object_that_its_module_defines(package):
    from decimal import Decimal

    assert package.Decimal is Decimal


def test_a_name_may_differ_from_the_name_in_its_module(package):
    from fractions import Fraction

    assert package.Ratio is Fraction


def test_a_name_is_imported_once(package):
    assert "Decimal" not in vars(package)
    first = package.Decimal
    assert vars(package)["Decimal"] is first


def test_a_star_import_brings_all_names(package):
    names = {}
    exec("from lazy_package import *", names)
    assert {"Decimal", "Ratio"} <= set(names)


def test_names_are_listed_before_they_are_imported(package):
    assert {"Decimal", "Ratio", "__all__", "__name__"} <= set(dir(package))


def test_an_unknown_name_reads_like_a_plain_module_s(package):
    plain = ModuleType("lazy_package")
    with pytest.raises(AttributeError) as expected:
        _ = plain.Decimals
    with pytest.raises(AttributeError) as raised:
        _ = package.Decimals
    assert (str(raised.value), raised.value.name) == (str(expected.value), "Decimals")


def test_an_unknown_name_cannot_be_imported(package):
    with pytest.raises(ImportError, match="cannot import name 'Decimals' from 'lazy_package'"):
        exec("from lazy_package import Decimals")
