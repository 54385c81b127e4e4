from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.errors import ConfigError
from zsc_wh.report.computed import askable
from zsc_wh.report.definition import find_definition, read_definition
from zsc_wh.report.kinds import CHARTS
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
title = "Mine"
[[section]]
id = "one"
title = "One"
[[section.figure]]
query = "results"
chart = { kind = "table" }
"""


def written(folder: Path, text: str) -> Path:
    """Write a definition and return its file."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_small_definition_gets_its_defaults(tmp_path: Path) -> None:
    """What is not said has its declared default."""
    plan = read_definition(written(tmp_path, GOOD))
    assert (plan.title, plan.head, plan.tiles) == ("Mine", "overview", ())
    (figure,) = plan.sections[0].figures
    assert (figure.query, figure.empty, figure.chart.kind) == ("results", None, "table")
    assert figure.chart.options == {
        "columns": [],
        "percent": [],
        "optional": [],
        "folded": False,
        "pick": None,
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD.replace("title = ", "tittle = ", 1), "mine.toml:2: tittle: unknown key"),
        (GOOD.replace('title = "Mine"', "title = 3"), ":2: title: must be a string"),
        (GOOD.replace('id = "one"', ""), r":3: section\[0\]: the key 'id' is missing"),
        (GOOD.replace('query = "results"', ""), "the key 'query' is missing"),
        (GOOD.replace('"table"', '"tabel"'), "no chart kind 'tabel'; did you mean"),
        (GOOD.replace('"table"', '"bars"'), "the key 'label' is missing"),
        (GOOD.replace('"table"', '"table", colour = 1'), "chart.colour: unknown key"),
        ('title = "x"\nsection = 3', "section: must be a list"),
        ('title = "x"\n[[section]]\nid = "a"\ntitle = "A"', r"has no \[\[section.fig"),
        (GOOD + GOOD.replace('title = "Mine"', ""), "the file has a section 'one'"),
        (
            GOOD.replace('title = "One"', 'title = "One"\nneeds = "n_labeled"').replace(
                "[[section]]", '[needs]\nn_labelled = "None."\n[[section]]', 1
            ),
            "'n_labeled' is not a key of `needs` of the report; did you mean "
            "'n_labelled'",
        ),
        ("title =", "not valid TOML"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, fault: str) -> None:
    """Each fault is told with the file and the key."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=fault) as caught:
        read_definition(path)
    assert str(path) in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """One error lists every fault of the file."""
    text = GOOD.replace("title = ", "tittle = ", 1).replace('"table"', '"tabel"')
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match="2 faults") as caught:
        read_definition(path)
    assert "unknown key" in str(caught.value)
    assert "tabel" in str(caught.value)


def test_an_unknown_report_names_the_nearest() -> None:
    """A misspelt name is answered with the nearest one and the list."""
    with pytest.raises(ConfigError, match="did you mean 'overview'") as caught:
        find_definition("overveiw")
    assert "overview" in caught.value.hint


def test_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    """A path of a .toml file is the user's own definition."""
    path = tmp_path / "own.toml"
    assert find_definition(path) == path


SHIPPED = sorted(data_folder("reports").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_definitions_are_sound(path: Path) -> None:
    """Every shipped report reads, and what it names of queries is there."""
    plan = read_definition(path, askable(()))
    asked = {figure.query for section in plan.sections for figure in section.figures}
    assert asked <= askable(()).keys()


def test_the_shipped_reports_draw_every_kind_of_chart() -> None:
    """No kind of chart is without a figure."""
    sections = [part for path in SHIPPED for part in read_definition(path).sections]
    kinds = {figure.chart.kind for part in sections for figure in part.figures}
    assert kinds == CHARTS.keys()


EXTENDING = GOOD.replace('title = "Mine"', 'extends = "overview"', 1)


def test_own_sections_come_behind_those_of_a_shipped_report(tmp_path: Path) -> None:
    """`extends` keeps the shipped sections, tiles and texts, and adds to them."""
    shipped = read_definition(find_definition("overview"))
    plan = read_definition(written(tmp_path, f'lead = "Ours."\n{EXTENDING}'))
    assert plan.sections[:-1] == shipped.sections
    assert plan.sections[-1].id == "one"
    assert (plan.title, plan.lead) == (shipped.title, "Ours.")
    assert plan.tiles == shipped.tiles


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (EXTENDING.replace("overview", "overvieuw"), "did you mean 'overview'"),
        (
            EXTENDING.replace('id = "one"', 'id = "scores"'),
            r"section\[0\].id: the report 'overview' has",
        ),
        (EXTENDING.replace('query = "results"', ""), "the key 'query' is missing"),
        (f'head = "grids"\n{EXTENDING}', ":1: head: unknown key"),
    ],
)
def test_faults_of_an_extension_are_told(tmp_path: Path, text: str, fault: str) -> None:
    """A file that extends is checked like any other."""
    with pytest.raises(ConfigError, match=fault):
        read_definition(written(tmp_path, text))


ANSWER = """
[[answer]]
query = "overview"
text = "$n_cells cells"
section = "one"
"""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ANSWER.replace('"one"', '"on"'), "no section 'on'; did you mean 'one'"),
        (ANSWER.replace("n_cells", "n_cell"), "has no column 'n_cell'; did you mean"),
        (ANSWER.replace("$n_cells", "${n_cels:1}"), "has no column 'n_cels'"),
        (ANSWER.replace("overview", "overvie"), "there is no query 'overvie'"),
        (ANSWER.replace("section", "sections"), "answer\\[0\\].sections: unknown key"),
    ],
)
def test_a_faulty_sentence_is_told(tmp_path: Path, text: str, fault: str) -> None:
    """A sentence names a query, its columns and a section that is there."""
    with pytest.raises(ConfigError, match=fault):
        read_definition(written(tmp_path, GOOD + text), askable(()))
