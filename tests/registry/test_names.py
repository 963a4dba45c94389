"""Names: the spellings that mean the same, and the error for a name that nobody has."""

import pytest

from openenv.errors import UnknownEnvironment
from openenv.registry.names import canonical_name, name_key, unknown_environment

SPELLINGS = ["coding-env", "coding_env", "coding", "CodingEnv", "Coding", "openenv-coding-env", "openenv_coding_env"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_has_the_same_key(name):
    assert name_key(name) == "coding"


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_has_the_same_canonical_name(name):
    assert canonical_name(name) == "coding-env"


def test_a_class_s_words_need_not_be_the_name_s():
    assert name_key("BrowserGymEnv") == name_key("browsergym-env")


def test_different_names_have_different_keys():
    assert len({name_key(name) for name in ("echo-env", "coding-env", "chat-env", "chess-env")}) == 4


def test_an_unknown_name_is_a_lookup_error_with_the_nearest_names_and_the_way_to_install():
    error = unknown_environment("codin", ["coding-env", "echo-env"])
    assert isinstance(error, UnknownEnvironment)
    assert isinstance(error, LookupError)
    assert str(error) == (
        "no installed environment is called 'codin'. Did you mean coding-env? `openenv list` shows what is installed; "
        "an environment is installed with: pip install openenv-codin-env"
    )


def test_a_name_that_resembles_none_gets_no_guess():
    assert "Did you mean" not in str(unknown_environment("poker", ["coding-env", "echo-env"]))
