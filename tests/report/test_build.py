"""The page as text: what stands in it, what is left out, what is refused."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Made
from tests.report.filled import make_filled, make_hostile
from zsc_wh.errors import ConfigError, DataError, MissingExtraError, QueryError
from zsc_wh.installed import install_command
from zsc_wh.report import build, write
from zsc_wh.report.gather import Asker
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def page(filled_warehouse: Warehouse) -> str:
    """Return the shipped report of the filled warehouse."""
    return build(filled_warehouse)


def section(page: str, name: str) -> str:
    """Return the text of one section, with its marks taken out."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found, f"the page has no section {name}"
    return html.unescape(re.sub(r"<[^>]+>", " ", found[0]))


def specs(page: str) -> dict[str, Any]:
    """Return the specifications of a page."""
    found = re.search(r'id="specs">(.*?)</script>', page, re.DOTALL)
    assert found
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_the_page_says_what_it_is(page: str, filled_warehouse: Warehouse) -> None:
    """Warehouse and key numbers stand at the head; no path of a machine does."""
    assert "<dd>study.duckdb</dd>" in page
    assert "96<small> of 110</small>" in page
    assert str(filled_warehouse.path.parent) not in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "completeness",
            ["94 of 108 cells have a result", "Cells never run"],
        ),
        ("best", ["animals", "folder", "silhouette_umap", "As good as the best"]),
        ("scores", ["AMI (%)", "umap-50"]),
        ("unlabelled", ["Silhouette, UMAP space"]),
        ("clusterers", ["Kind of block: reducer", "4 of 9 blocks"]),
        (
            "encoders",
            ["Compared with resnet50", "Mean rank", "of 18 blocks"],
        ),
        ("levels", ["kingdom", "normalised by the entropy of the labels"]),
        ("silhouettes", ["Silhouette in umap space", "9 of 9"]),
        ("probes", ["Nearest neighbours", "One linear layer", "too few samples"]),
        ("knn-ami", ["6 points", "Correlations by number of neighbours"]),
        ("projection", ["By true class", "By cluster found", "Drawn by umap-2"]),
        ("true-labels", ["0.300"]),
        ("costs", ["Wall time", "cpu energy", "150 J"]),
        (
            "failures",
            [
                "needs 9.1 GiB, the limit is 8 GiB",
                "skipped",
                "image-00007.png",
                "animals is truncated",
                "animals.txt",
            ],
        ),
        ("provenance", ["scikit-learn", "host-a", 'name = "quick"']),
    ],
)
def test_every_section_is_filled(page: str, name: str, words: list[str]) -> None:
    """Each section of the shipped report shows what the warehouse holds."""
    text = section(page, name)
    assert [word for word in words if word not in text] == []


def test_figures_come_with_their_query_and_data(page: str) -> None:
    """Under a figure stand the SQL, the parameters that were used, and the rows."""
    text = section(page, "clusterers")
    assert "mean_rank nulls last, clusterer" in text
    assert "$block" in text
    assert '"auto"' in text
    assert "Data" in text


def test_every_chart_has_a_box_and_words(page: str) -> None:
    """Each specification has one element, and that says what the chart shows."""
    boxes = re.findall(
        r'class="chart" id="([^"]+)" role="img" aria-label="(.+?)"', page
    )
    assert {name for name, _ in boxes} == specs(page).keys()
    assert len(boxes) > 30
    assert all(len(words) > 20 for _, words in boxes)


def test_contents_lead_to_sections(page: str) -> None:
    """Every entry of the contents has its section, in the same order."""
    links = re.findall(r'<a href="#([^"]+)">', page.split("<main")[0])
    assert links == re.findall(r'<section id="([^"]+)"', page)


def test_the_same_page_comes_out_twice_and_asks_nothing_twice(
    page: str, filled_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It depends on the warehouse alone; figures that ask the same share the answer."""
    asked = []
    run_query = Warehouse.run_query

    def listed(self: Warehouse, name: str, params: Any, folders: Any) -> Any:
        asked.append(repr((name, sorted(params.items()))))
        return run_query(self, name, params, folders)

    monkeypatch.setattr(Warehouse, "run_query", listed)
    assert build(filled_warehouse) == page
    assert len(asked) == len({*asked}) > 20


@pytest.fixture(scope="module")
def unlabelled(store: Callable[[Made], Warehouse]) -> str:
    """Return the report of a warehouse without any labels."""
    return build(store(make_filled(labelled=False)))


def test_without_labels_one_sentence_stands_for_what_needs_them(
    page: str, unlabelled: str
) -> None:
    """It says what to do; no section is there to say that it is empty."""
    sentence = "No dataset here has labels"
    assert unlabelled.count(sentence) == 1
    assert "columns of a table" in unlabelled
    assert sentence not in page
    for name in ("scores", "clusterers", "encoders", "silhouettes", "probes"):
        assert f'id="{name}"' in page
        assert f'id="{name}"' not in unlabelled


def test_without_labels_the_silhouette_stands_in(unlabelled: str) -> None:
    """The map of silhouettes and the drawing by cluster are still there."""
    assert "Silhouette, UMAP space" in section(unlabelled, "unlabelled")
    assert "By true class" not in section(unlabelled, "projection")
    assert "By cluster found" in section(unlabelled, "projection")


@pytest.mark.parametrize("name", ["levels", "knn-ami"])
def test_sections_with_nothing_to_say_are_left_out(unlabelled: str, name: str) -> None:
    """A section of which no figure has rows or a sentence is not on the page."""
    assert f'id="{name}"' not in unlabelled


def test_optional_columns_without_values_are_left_out(page: str) -> None:
    """Energy that no task told has no column; that of the processors has one."""
    costs = section(page, "costs")
    by_task = costs[costs.index("By task") :].partition("Query")[0]
    assert "cpu energy" in by_task
    assert "gpu energy" not in by_task


def test_an_empty_warehouse_has_a_report(store: Callable[[Made], Warehouse]) -> None:
    """Nothing to show is no error; the page then runs no script."""
    text = build(store(Made()))
    assert "No grid is declared in this warehouse." in text
    assert "script-src 'none'" in html.unescape(text)
    assert specs(text) == {}


def test_a_long_table_is_cut_and_says_so(store: Callable[[Made], Warehouse]) -> None:
    """A table shows its first 200 rows and states how many there are."""
    made = Made()
    made.encoder("e")
    made.dataset("d", n=2)
    made.reducer("none")
    made.clusterer("kmeans")
    cells = [made.cell("e", "d", "none", "kmeans", seed=seed) for seed in range(1201)]
    made.grid("g", cells)
    text = section(build(store(made)), "completeness")
    assert "The first 200 of 1,201 rows" in text


def test_a_grid_narrows_every_figure(store: Callable[[Made], Warehouse]) -> None:
    """With a grid only its cells count, from the head down."""
    made = make_filled()
    made.grid("small", list(made.rows["cell"])[:6])
    text = build(store(made), grid="small")
    assert "<dd>small</dd>" in text
    assert " of 6</small>" in text
    assert "quick" not in section(text, "completeness")


def test_an_unknown_grid_is_refused(filled_warehouse: Warehouse) -> None:
    """A misspelt grid is an error with the nearest name, not an empty report."""
    with pytest.raises(QueryError, match="no grid 'quik'; did you mean 'quick'"):
        build(filled_warehouse, grid="quik")


def test_a_parameter_reaches_the_queries_that_have_it(
    filled_warehouse: Warehouse,
) -> None:
    """A parameter of the report goes before the default of the query."""
    text = build(filled_warehouse, params={"baseline": "pixels"})
    assert "Compared with pixels" in section(text, "encoders")


def test_one_name_reaches_the_lists_too(filled_warehouse: Warehouse) -> None:
    """A page about one seed has no figure about others, whatever a section says."""
    asker = Asker(filled_warehouse, {"seed": 1, "clusterer": "kmeans"}, ())
    asked = asker.ask("clusterer_ranks", {"seeds": [7]}).params
    assert (asked["seeds"], asked["clusterers"]) == ([1], ["kmeans"])
    assert asker.ask("results", {}).params["seed"] == 1


def test_a_parameter_of_no_query_is_refused(filled_warehouse: Warehouse) -> None:
    """A parameter that nothing reads is an error with the nearest name."""
    with pytest.raises(QueryError, match="'basline'; did you mean 'baseline'"):
        build(filled_warehouse, params={"basline": "pixels"})


QUERY = """-- name: kinds
-- doc: one row per encoder
-- params:
--   $family text = null    only this family
-- columns:
--   encoder text    name of the encoder
-- reads: encoder_name

select name as encoder
from encoder_name
where $family is null or family = $family
order by name;
"""
MINE = """
title = "Mine & yours"
lead = "Of `code` and *more*."
[[section]]
id = "own"
title = "My own"
[[section.figure]]
query = "kinds"
params = { family = "ssl" }
chart = { kind = "table", columns = ["encoder"] }
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a definition of the user's own, beside a query of the user's own."""
    (tmp_path / "kinds.sql").write_text(QUERY, encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    return path


def test_a_user_has_reports_and_queries(
    filled_warehouse: Warehouse, mine: Path
) -> None:
    """A definition and a folder of queries are enough for a report of one's own."""
    text = build(filled_warehouse, mine, folders=[mine.parent])
    assert "<h1>Mine &amp; yours</h1>" in text
    assert "<p>Of <code>code</code> and <em>more</em>.</p>" in text
    assert "dino_vitb16" in section(text, "own")
    assert "pixels" not in section(text, "own")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"kinds"', '"kind"', "no query 'kind'; did you mean 'kinds'"),
        ("family =", "famly =", "no parameter 'famly'; did you mean 'family'"),
        ('["encoder"]', '["encodr"]', "no column 'encodr'; did you mean 'encoder'"),
        ("title =", 'head = "overvew"\ntitle =', "no query 'overvew'"),
    ],
)
def test_names_that_queries_lack_are_refused(
    filled_warehouse: Warehouse, mine: Path, old: str, new: str, fault: str
) -> None:
    """Unknown queries, parameters and columns are found before anything is drawn."""
    mine.write_text(MINE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=fault) as caught:
        build(filled_warehouse, mine, folders=[mine.parent])
    assert str(mine) in caught.value.where


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('subject = "projected_cels"', "no query 'projected_cels'"),
        ('subject = "results"\nsubject_params = { sed = 1 }', "no parameter 'sed'"),
        ('subject = "results"\ntake = { family = "famly" }', "no column 'famly'"),
        ('subject = "results"\ntake = { kind = "family" }', "no parameter 'kind'"),
    ],
)
def test_subjects_are_checked_too(
    filled_warehouse: Warehouse, mine: Path, line: str, fault: str
) -> None:
    """What chooses the subject of a figure is checked like the figure itself."""
    text = MINE.replace('query = "kinds"', f'query = "kinds"\n{line}')
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=fault):
        build(filled_warehouse, mine, folders=[mine.parent])


def test_an_unknown_tile_is_refused(filled_warehouse: Warehouse, mine: Path) -> None:
    """A key number must be a column of the query of the head."""
    tile = '\n[[tile]]\nvalue = "n_cels"\nlabel = "x"\n'
    mine.write_text(MINE + tile, encoding="utf-8")
    with pytest.raises(ConfigError, match="'n_cels'; did you mean 'n_cells'"):
        build(filled_warehouse, mine, folders=[mine.parent])


def test_all_faults_of_a_report_are_told_in_one_round(
    filled_warehouse: Warehouse, tmp_path: Path
) -> None:
    """Of its keys and of the names of queries, each with its line."""
    file = tmp_path / "faulty.toml"
    file.write_text(
        """\
tittle = "x"
[[tile]]
value = "n_cels"
label = 1
[[section]]
id = "a"
[[section]]
id = "a"
title = "A"
[[section.figure]]
query = "results"
params = { familly = "x" }
chart = { kind = "table", columns = ["encoder", "encodr"], folded = 1 }
[[section.figure]]
query = "resutls"
chart = { kind = "tabel" }
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        build(filled_warehouse, file)
    lines = [line.split(": ")[:2] for line in caught.value.what.splitlines()[1:]]
    assert [(place.rpartition(":")[2], key) for place, key in lines] == [
        ("1", "tittle"),
        ("3", "tile[0].value"),
        ("4", "tile[0].label"),
        ("5", "section[0]"),
        ("5", "section[0]"),
        ("8", "section[1].id"),
        ("12", "section[1].figure[0].params.familly"),
        ("13", "section[1].figure[0].chart.folded"),
        ("13", "section[1].figure[0].chart.columns[1]"),
        ("15", "section[1].figure[1].query"),
        ("16", "section[1].figure[1].chart.kind"),
    ]


def test_hostile_names_are_only_text(store: Callable[[Made], Warehouse]) -> None:
    """Names cannot become markup, scripts or templates, in the page or its JSON."""
    text = build(store(make_hostile()))
    assert text.count("</script") == 6
    # what is left are the body and the JSON of specifications and of answers
    text = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert text.count("<script") == 2
    assert "<img" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;alert(3)" in text
    assert "{{7*7}}" in text
    assert "a'; drop table run; --" in html.unescape(text)


def test_a_report_is_written_whole(filled_warehouse: Warehouse, mine: Path) -> None:
    """The file holds the page; nothing else is left in its folder."""
    output = mine.parent / "out" / "report.html"
    output.parent.mkdir()
    output.write_text("old", encoding="utf-8")
    write(filled_warehouse, mine, output, folders=[mine.parent])
    assert output.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in output.parent.iterdir()] == ["report.html"]


def test_a_folder_that_is_not_there_is_named(
    filled_warehouse: Warehouse, mine: Path
) -> None:
    """A report that cannot be written says where, and how to mend it."""
    output = mine.parent / "nowhere" / "report.html"
    with pytest.raises(DataError, match="cannot be written") as caught:
        write(filled_warehouse, mine, output, folders=[mine.parent])
    assert caught.value.where == str(output)
    assert caught.value.hint


def test_importing_the_package_loads_no_chart_library() -> None:
    """Only a page that is built needs altair, jinja2 and vl-convert."""
    code = (
        "import sys, zsc_wh.report; "
        "print({'altair', 'jinja2', 'vl_convert', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_missing_extra_is_named(
    filled_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without altair the error says what to install."""
    for name in [name for name in sys.modules if name.startswith("zsc_wh.report.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match="needs the package 'jinja2'") as caught:
        build(filled_warehouse)
    assert install_command("report") in caught.value.hint
