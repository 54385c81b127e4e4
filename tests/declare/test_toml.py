from __future__ import annotations

import codecs
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = """
name = "g"
[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""
FOLDER = '[dataset.d]\nloader = {{ kind = "folder", path = {path} }}\n'
STEP = 'kmeans = { reducer = "none", clusterer = "kmeans" }\n'
DOTTED = {
    "reducer": (
        '[reducer.pca-0.5]\nkind = "pca"\n',
        "reducer.pca-0.5",
        '[reducer."pca-0.5"]',
    ),
    "letters": (
        '[clusterer.my.kmeans.b]\nkind = "kmeans"\n',
        "clusterer.my.kmeans.b",
        '[clusterer."my.kmeans.b"]',
    ),
    "with a table in it": (
        '[encoder.vit-0.5]\nfeature = "cls"\n[encoder.vit-0.5.loader]\nkind = "x"\n',
        "encoder.vit-0.5",
        '[encoder."vit-0.5"]',
    ),
    "beside the shorter name": (
        '[reducer.p]\nkind = "none"\n[reducer.p.5]\nkind = "pca"\n',
        "reducer.p.5",
        '[reducer."p.5"]',
    ),
    "recipe": (
        f"[recipe.v1.0.encoder.pixels]\n{STEP}",
        "recipe.v1.0",
        '[recipe."v1.0"]',
    ),
    "encoder of a recipe": (
        f"[recipe.r.encoder.vit-0.5]\n{STEP}",
        "recipe.r.encoder.vit-0.5",
        '[recipe.r.encoder."vit-0.5"]',
    ),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_byte_order_mark_is_no_part_of_a_grid(tmp_path: Path, line_end: str) -> None:
    """As editors on Windows save it; the text that is kept is TOML without it."""
    path = tmp_path / "g.toml"
    path.write_bytes(codecs.BOM_UTF8 + GRID.replace("\n", line_end).encode())
    (grid,), _ = read_grids([str(path)])
    assert len(grid.cells) == 1
    assert tomllib.loads(grid.text)["name"] == "g"


@pytest.mark.parametrize(("text", "key", "right"), DOTTED.values(), ids=DOTTED)
def test_a_name_with_a_dot_wants_quotes(
    write_toml: Callable[[str], Path], text: str, key: str, right: str
) -> None:
    """The one fault that is named is the dot, with the line that is right."""
    path = write_toml(text)
    with pytest.raises(ConfigError) as caught:
        read_catalog([path])
    assert unnumbered(caught.value).startswith(f"{path}: {key}: a dot outside quotes")
    assert str(caught.value).endswith(f"write {right}")


def test_every_name_with_a_dot_is_told(write_toml: Callable[[str], Path]) -> None:
    """Two that begin alike lie in one table."""
    text = "".join(f'[reducer.pca-0.{n}]\nkind = "pca"\n' for n in (5, 9))
    with pytest.raises(ConfigError, match="2 faults") as caught:
        read_catalog([write_toml(text)])
    assert '[reducer."pca-0.9"]' in caught.value.what


def test_a_misspelt_table_is_no_name_with_a_dot(
    write_toml: Callable[[str], Path],
) -> None:
    """A table can stand under some keys of an entry."""
    text = '[dataset.d]\nloadr = { kind = "digits" }\n'
    with pytest.raises(ConfigError, match="did you mean 'loader'") as caught:
        read_catalog([write_toml(text)])
    assert "a dot" not in str(caught.value)


@pytest.mark.parametrize("path", [r"C:\photos", r"C:\Users\me", r"\\host\share"])
def test_a_backslash_in_double_quotes_is_explained(
    write_toml: Callable[[str], Path], path: str
) -> None:
    """TOML has escapes there, and some are hexadecimal."""
    with pytest.raises(ConfigError, match="is not valid TOML: ") as caught:
        read_catalog([write_toml(FOLDER.format(path=f'"{path}"'))])
    assert "in single quotes, as in 'C:\\photos'" in caught.value.hint
    read_catalog([write_toml(FOLDER.format(path=f"'{path}'"))])


def test_other_faults_do_not_speak_of_backslashes(
    write_toml: Callable[[str], Path],
) -> None:
    """Only the line with the fault counts."""
    text = FOLDER.format(path='"a\\tb"') + "k = \n"
    with pytest.raises(ConfigError, match=r"mine\.toml:3: ") as caught:
        read_catalog([write_toml(text)])
    assert caught.value.hint == "See https://toml.io for the syntax."


@pytest.mark.parametrize("key", ["path", "labels_path"])
def test_a_path_with_a_control_character_is_explained(
    write_toml: Callable[[str], Path], key: str
) -> None:
    """Some letters make an escape that is valid, and another path."""
    loader = {"path": '"x.npy"', key: r'"C:\new\table.npy"'}
    inner = ", ".join(f"{name} = {value}" for name, value in loader.items())
    file = write_toml(f'[dataset.d]\nloader = {{ kind = "embeddings", {inner} }}\n')
    with pytest.raises(ConfigError, match="write the path in single quotes") as caught:
        read_catalog([file])
    assert unnumbered(caught.value.where) == f"{file}: dataset.d.loader.{key}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"k = {'9' * 5000}", "a number with thousands of digits"),
        (f"k = {'[' * 20000}", "nested too deeply"),
    ],
    ids=["digits", "depth"],
)
def test_limits_of_python_are_no_traceback(
    write_toml: Callable[[str], Path], text: str, fault: str
) -> None:
    """Its reader of TOML does not catch them."""
    path = write_toml(text)
    with pytest.raises(ConfigError, match=f"cannot be read as TOML: {fault}") as caught:
        read_catalog([path])
    assert caught.value.where == str(path)
