from __future__ import annotations

import sys
from collections import OrderedDict
from pathlib import Path

import pytest

from zsc_wh.errors import ConfigError
from zsc_wh.plugins import find


@pytest.mark.parametrize(
    "target", ["collections.OrderedDict", "collections:OrderedDict"]
)
def test_both_ways_of_writing_a_dotted_name_find_the_thing(target: str) -> None:
    """A dot and a colon before the attribute mean the same."""
    assert find(target, "encoder") is OrderedDict


def test_an_attribute_of_a_class_is_found_after_a_colon() -> None:
    """What follows the colon can itself be dotted."""
    assert find("pathlib:Path.cwd", "encoder") == Path.cwd


@pytest.mark.parametrize(
    "target", ["no_such_package.thing", "collections.NoSuchThing", "plainname", ":x"]
)
def test_what_is_not_there_is_named(target: str) -> None:
    """The error holds the target and says how to mend it."""
    with pytest.raises(ConfigError, match=target) as caught:
        find(target, "reducer")
    assert caught.value.hint


def test_a_module_that_fails_on_import_is_our_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever foreign code raises becomes a `ConfigError` that quotes it."""
    (tmp_path / "broken_module.py").write_text("raise ZeroDivisionError('oh')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="ZeroDivisionError: oh"):
        find("broken_module:thing", "clusterer")
    assert "broken_module" not in sys.modules
