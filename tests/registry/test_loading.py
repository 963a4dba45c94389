"""Loading by name: ``module:attribute``."""

import pickle
from fractions import Fraction

import pytest

from openenv.errors import InvalidManifest
from openenv.registry.loading import NamedFactory, load_object


def test_an_object_is_loaded_by_its_name():
    import decimal

    assert load_object("decimal:Decimal") is decimal.Decimal


def test_an_attribute_of_an_attribute_is_loaded():
    from datetime import datetime

    assert load_object("datetime:datetime.min") is datetime.min


@pytest.mark.parametrize("target", ["decimal", "decimal:", ":Decimal", ""])
def test_a_text_that_names_no_object_is_refused(target):
    with pytest.raises(InvalidManifest, match="write module:attribute"):
        load_object(target)


def test_an_attribute_that_the_module_does_not_have_is_refused():
    with pytest.raises(InvalidManifest, match="module 'decimal' has no 'Decimals'"):
        load_object("decimal:Decimals")


def test_a_module_that_does_not_exist_is_python_s_own_error():
    with pytest.raises(ModuleNotFoundError):
        load_object("no_such_module:x")


def test_a_factory_calls_what_it_names_with_its_options():
    assert NamedFactory("fractions:Fraction", {"numerator": 3, "denominator": 6})() == Fraction(1, 2)


def test_a_factory_can_be_sent_to_another_process_before_its_module_is_imported():
    factory = NamedFactory("no_such_module:Thing", {"size": 3})
    assert pickle.loads(pickle.dumps(factory)) == factory
