from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from tests.declare.test_faults import GRID
from zsc_wh.cli import cli
from zsc_wh.errors import ConfigError
from zsc_wh.reference import FILES, schema
from zsc_wh.resources import data_folder

SHIPPED = {
    **dict.fromkeys(sorted((data_folder("ingest") / "grids").glob("*.toml")), "grid"),
    **dict.fromkeys(
        sorted((data_folder("ingest") / "catalog").glob("*.toml")), "catalog"
    ),
    **dict.fromkeys(sorted(data_folder("reports").glob("*.toml")), "report"),
}
GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"

REPORT = """
title = "t"
[[section]]
id = "a"
title = "A"
[[section.figure]]
query = "results"
chart = { kind = "table" }
"""
FAULTY = {
    "grid key": ("grid", GRID.replace("name", "nme")),
    "axis": ("grid", GRID.replace('["none"]', "3")),
    "axis missing": ("grid", GRID.replace('reducers = ["none"]', "")),
    "seed": ("grid", "seeds = [-1]\n" + GRID),
    "table": ("catalog", "[encodr.x]\n"),
    "name": ("catalog", '[reducer."a@1"]\nkind = "none"\n'),
    "key of a method": ("catalog", '[reducer.r]\nkind = "umap"\nn_component = 5\n'),
    "kind": ("catalog", '[clusterer.c]\nkind = "kmean"\n'),
    "no kind": ("catalog", "[clusterer.c]\n"),
    "type": ("catalog", '[reducer.r]\nkind = "umap"\nn_components = "5"\n'),
    "truth for a number": (
        "catalog",
        '[reducer.r]\nkind = "umap"\nn_components = true\n',
    ),
    "range": ("catalog", '[reducer.r]\nkind = "pca"\nvariance = 1.5\n'),
    "size": ("catalog", '[clusterer.c]\nkind = "kmeans"\nn_init = 3000000000\n'),
    "choice": ("catalog", '[clusterer.c]\nkind = "kmeans"\ninit = "pca"\n'),
    "k": ("catalog", '[clusterer.c]\nkind = "hdbscan"\nk = 3\n'),
    "word": ("catalog", '[clusterer.c]\nkind = "kmeans"\nk = "label"\n'),
    "loader": ("catalog", "[dataset.d]\n"),
    "loader's key": ("catalog", '[dataset.d]\nloader = { kind = "folder" }\n'),
    "loader of another": (
        "catalog",
        '[dataset.d]\nloader = { kind = "timm", name = "x" }\n',
    ),
    "table in a loader": (
        "catalog",
        '[dataset.d]\nloader = { kind = "manifest", path = "a", '
        'join = [{ path = "b" }] }\n',
    ),
    "subset": (
        "catalog",
        '[dataset.d]\nloader = { kind = "digits" }\nsubset = { sed = 1 }\n',
    ),
    "metric": ("catalog", '[score.s]\nmetric = "amy"\n'),
    "step": ("catalog", '[recipe.r.encoder.e]\nkmeans = { reducer = "none" }\n'),
    "chart": ("report", REPORT.replace('"table"', '"tabel"')),
    "chart's key": ("report", REPORT.replace('"table"', '"bars"')),
    "section": ("report", REPORT.replace('id = "a"', "")),
    "extension": ("report", REPORT.replace('title = "t"', 'extends = "x"\nhead = "y"')),
}


def _faults(content: object, file: str | None) -> list[str]:
    return [
        error.message for error in Draft7Validator(schema(file)).iter_errors(content)
    ]


@pytest.mark.parametrize("file", [None, *FILES])
def test_a_schema_is_one_of_draft_7(file: str | None) -> None:
    """And is JSON that the command prints."""
    Draft7Validator.check_schema(schema(file))
    args = ["help", "--schema", *([file] if file else [])]
    printed = CliRunner().invoke(cli, args, catch_exceptions=False).output
    assert json.loads(printed) == schema(file)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_fits_its_schema(path: Path) -> None:
    """Its own, and the one for any file."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    assert _faults(content, SHIPPED[path]) == []
    assert _faults(content, None) == []


def test_the_files_of_the_guide_fit_the_schema() -> None:
    """Those that its reader saves; a kind is known once its package is installed."""
    texts = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    contents = [tomllib.loads(text) for text in texts if 'kind = "noise"' not in text]
    declarations = [content for content in contents if "project" not in content]
    assert len(declarations) > 3
    for content in declarations:
        assert _faults(content, None) == []


@pytest.mark.parametrize(("file", "text"), FAULTY.values(), ids=FAULTY)
def test_a_fault_does_not_fit_the_schema(file: str, text: str) -> None:
    """Neither its own schema, nor the one for any file."""
    content = tomllib.loads(text)
    assert _faults(content, file)
    assert _faults(content, None)


@pytest.mark.parametrize(("file", "text"), [("grid", GRID), ("report", REPORT)])
def test_what_the_faults_are_made_of_is_sound(file: str, text: str) -> None:
    """So that a fault alone makes a file unfit."""
    assert _faults(tomllib.loads(text), file) == []
    assert _faults(tomllib.loads(text), None) == []


def test_a_text_stands_for_a_list_of_one() -> None:
    """In the axes of a grid, and in no other list."""
    one = GRID.replace('["none"]', '"none"')
    assert _faults(tomllib.loads(one), "grid") == []
    assert _faults(tomllib.loads('probes = "knn"\n' + one), "grid")


def test_an_unknown_file_is_answered_with_the_nearest() -> None:
    """And with those that there are."""
    done = CliRunner().invoke(cli, ["help", "--schema", "gird"])
    assert isinstance(done.exception, ConfigError)
    assert "did you mean 'grid'" in str(done.exception)
