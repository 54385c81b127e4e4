from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsc_wh import errors
from zsc_wh.errors import ZscError

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, ZscError) and value is not ZscError
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_text_says_where_what_and_mend_in_this_order(cls: type[ZscError]) -> None:
    """Every error reads: where: what. mend."""
    error = cls("it broke", where="file.toml", hint="Do this.")
    assert str(error) == "file.toml: it broke. Do this."


@pytest.mark.parametrize(
    ("what", "hint", "text"),
    [
        ("no x; did you mean 'y'?", "See z.", "no x; did you mean 'y'? See z."),
        ("It broke.", "Do this.", "It broke. Do this."),
        ("it broke\n", "Do this.", "it broke. Do this."),
        ("it broke", "\nDo this.", "it broke.\nDo this."),
        ("it means:\n  a\n  b\n", "Do this.", "it means:\n  a\n  b\nDo this."),
        ("no x; did you mean 'y'?", "", "no x; did you mean 'y'?"),
    ],
)
def test_sentences_are_joined_by_one_stop(what: str, hint: str, text: str) -> None:
    """What went wrong can be a question, or end as a library ends its texts."""
    assert str(errors.ConfigError(what, hint=hint)) == text


@given(
    what=st.text("ab'\n .?!…:", min_size=1).filter(lambda text: text.strip(" \n")),
    where=st.sampled_from(["", "file.toml"]),
    hint=st.text("ab'\n ", min_size=0).map(lambda text: text and f"{text}Do this."),
)
def test_no_sentence_ends_twice(what: str, where: str, hint: str) -> None:
    """Whatever the parts end in: no '?.', no '..', no stop on a line of its own."""
    text = str(errors.ConfigError(what, where=where, hint=hint))
    for ugly in ("?.", "..", "!.", ":.", "….", "\n."):
        assert text.count(ugly) == what.rstrip().count(ugly)
    assert text == text.rstrip()
    assert what.rstrip() in text
    assert text.endswith(hint.strip() or what.rstrip())


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_errors_cross_a_process_boundary(cls: type[ZscError]) -> None:
    """A worker's error keeps its class and fields."""
    error = pickle.loads(pickle.dumps(cls("a", where="b", hint="c")))  # noqa: S301
    assert (type(error), error.what, error.where, error.hint) == (cls, "a", "b", "c")


@pytest.mark.parametrize(
    ("name", "code"),
    [("ConfigError", 2), ("SchemaError", 3), ("LoadError", 3), ("ComputeError", 1)],
)
def test_exit_codes(name: str, code: int) -> None:
    """1 computing or query, 2 usage or config, 3 database."""
    assert getattr(errors, name).exit_code == code
