from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.declare.lines import line_numbers
from zsc_wh.declare.toml import parse_toml, read_text
from zsc_wh.errors import ConfigError
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zsc_wh.declare.place import Keys

SHIPPED = [
    *sorted(data_folder("ingest").rglob("*.toml")),
    *sorted(data_folder("reports").glob("*.toml")),
]

TEXT = '''
a = 1 # [b]
[b.c] # d = 1
"e.f" = "]\\"[" ; g
'h' . i = { j = [1, { k = '}' }], "l" = 2 }
[[m]]
n = """
o = 1
""\\"p = 2"""
q = [
  1.5, # 2,
  [ 2, 3 ],
  1979-05-27 07:32:00,
]
[[m]]
[m.r]
s = \'\'\'
t = 1\'\'\'\'\'
u = ''
[[m.v]]
[[m.v]]
w = 1
[b]
x = 2
'''.replace(" ; g", "")

LINES: dict[Keys, int] = {
    ("a",): 2,
    ("b",): 23,  # where it is declared, not where it is first named
    ("b", "c"): 3,
    ("b", "c", "e.f"): 4,
    ("b", "c", "h"): 5,
    ("b", "c", "h", "i"): 5,
    ("b", "c", "h", "i", "j"): 5,
    ("b", "c", "h", "i", "j", 0): 5,
    ("b", "c", "h", "i", "j", 1): 5,
    ("b", "c", "h", "i", "j", 1, "k"): 5,
    ("b", "c", "h", "i", "l"): 5,
    ("m",): 6,
    ("m", 0): 6,
    ("m", 0, "n"): 7,
    ("m", 0, "q"): 10,
    ("m", 0, "q", 0): 11,
    ("m", 0, "q", 1): 12,
    ("m", 0, "q", 1, 0): 12,
    ("m", 0, "q", 1, 1): 12,
    ("m", 0, "q", 2): 13,
    ("m", 1): 15,
    ("m", 1, "r"): 16,
    ("m", 1, "r", "s"): 17,
    ("m", 1, "r", "u"): 19,
    ("m", 1, "v"): 20,
    ("m", 1, "v", 0): 20,
    ("m", 1, "v", 1): 21,
    ("m", 1, "v", 1, "w"): 22,
    ("b", "x"): 24,
}


def paths(value: Any, above: Keys = ()) -> Iterator[Keys]:
    """Yield the path of everything in a parsed file."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inner:
            yield (*above, key)
            yield from paths(item, (*above, key))


def test_every_form_of_toml_has_its_line() -> None:
    """Quoted, dotted and inline keys, nested arrays, comments and long strings."""
    assert line_numbers(TEXT) == {**LINES, ("b",): 23}
    assert line_numbers(TEXT).keys() == set(paths(tomllib.loads(TEXT)))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_key_of_a_shipped_file_has_its_line(file: Path) -> None:
    """The line holds the key, or begins the item."""
    text = read_text(file)
    found = line_numbers(text)
    assert found.keys() == set(paths(parse_toml(file, text)))
    lines = text.split("\n")
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]


KEYS = st.sampled_from(["a", "b", '"c.d"', "'e'", "a.b", 'b . "f"', '"\\u0061"'])
SCALARS = st.sampled_from(
    [
        "1",
        "-1.5e3",
        "true",
        '"x"',
        '"]}"',
        "'#'",
        '"""\n"\n"""',
        "'''\n'''''",
        "07:32:00",
    ]
)
SPACE = st.sampled_from([" ", "\n", " # a = 1, ]\n"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(
            lambda items, space: f"[{space}{f',{space}'.join(items)}{space}]",
            st.lists(inner, max_size=3),
            SPACE,
        ),
        st.lists(st.builds("{} = {}".format, KEYS, inner), max_size=2).map(
            lambda pairs: "{ " + ", ".join(pairs) + " }"
        ),
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    KEYS.map("[ {} ] # x".format),
    KEYS.map("[[{}]]".format),
    st.just(""),
)


@settings(deadline=None)
@given(st.lists(STATEMENTS, max_size=8))
def test_the_keys_found_are_those_that_python_reads(statements: list[str]) -> None:
    """Whatever is valid TOML, no key is lost and none is invented."""
    text = "\n".join(statements)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = line_numbers(text)
    assert found.keys() == set(paths(content))
    starts = [statement.count("\n") + 1 for statement in statements]
    assert all(1 <= line <= sum(starts) for line in found.values())


SOUND = """
[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""
GRID = """\
name = "g"

[[cross]]
datasets = ["digits"]
encoders = ["pixels", "q"]
reducers = ["none"]
clusterers = ["kmeans", "c"]
sed = 1

[clusterer.c]
kind = "kmeans"
n_init = 0
"""


def test_faults_are_told_from_the_top_of_a_file_to_its_bottom(
    write_toml: Callable[[str], Path],
) -> None:
    """Each with its line, whatever order they are found in."""
    path = write_toml(GRID)
    with pytest.raises(ConfigError) as caught:
        read_grids([str(path)])
    heads = [line.split(": ")[:2] for line in caught.value.what.splitlines()[1:]]
    assert heads == [
        [f"  {path}:5", "cross[0].encoders"],
        [f"  {path}:8", "cross[0].sed"],
        [f"  {path}:12", "clusterer.c.n_init"],
    ]


def test_a_missing_key_is_told_by_the_line_of_its_table(
    write_toml: Callable[[str], Path],
) -> None:
    """There it has to be added; a key of the file itself has no line."""
    path = write_toml('\n[dataset.d]\nloader = { kind = "folder" }\n')
    with pytest.raises(ConfigError, match="'path' is missing") as caught:
        read_catalog([path])
    assert caught.value.where == f"{path}:3: dataset.d.loader"
    path = write_toml(SOUND)
    with pytest.raises(ConfigError, match="'name' is missing") as caught:
        read_grids([str(path)])
    assert caught.value.where == str(path)
