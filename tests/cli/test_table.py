"""The command ``table``: what it writes in each form."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.queries.made import Made
from zsc_wh.cli import cli
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = r"""[*a_b & 50% $x$ #1 {c} ~ ^ \input{x}|<b>"'</b>"""
SPREAD = ("table", "result_matrix", "--rows", "encoder", "--cols", "dataset")
ASKED = (*SPREAD, "--value", "value", "--percent")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a warehouse with two encoders, one of a hostile name, on two datasets."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    for encoder in ("plain", HOSTILE):
        made.encoder(encoder)
    for dataset in ("air", "cars"):
        made.dataset(dataset, ["x", "y"])
    for place, encoder in enumerate(("plain", HOSTILE)):
        for more, dataset in enumerate(("air", "cars")):
            cell = made.cell(encoder, dataset, "none", "kmeans")
            if (place, more) != (0, 1):
                made.run(cell, {"ami": 0.25 + 0.5 * place + more / 8})
    warehouse = Warehouse(tmp_path / "made.duckdb")
    warehouse.create()
    warehouse.write(made.fill)
    return warehouse.path


def ask(path: Path, *args: str) -> str:
    """Return what the command prints."""
    done = CliRunner().invoke(cli, ["--warehouse", str(path), *args])
    assert done.exit_code == 0, done.output
    return done.output


def test_markdown(path: Path) -> None:
    """Marks, a dash for a gap, and a mean over the datasets that both have."""
    name = r"""\[\*a_b & 50% $x$ #1 {c} ~ ^ \input{x}\|\<b>"'\</b>"""
    assert ask(path, *ASKED, "--caption", "AMI | %").splitlines() == [
        r"AMI \| %",
        "",
        "| encoder | air | cars | Mean of 1 of 2 |",
        "| :-- | --: | --: | --: |",
        f"| {name} | **75.0** | 87.5 | **75.0** |",
        "| plain | <u>25.0</u> | – | <u>25.0</u> |",  # noqa: RUF001
    ]


def test_html(path: Path) -> None:
    """Names are text, and the best is marked as it is asked for."""
    text = ask(path, *ASKED, "-f", "html", "--best", "italic", "--second", "none")
    assert "&lt;b&gt;&quot;&#x27;&lt;/b&gt;</th><td><em>75.0</em></td>" in text
    assert "<td>25.0</td>" in text
    assert "<b>" not in text


def test_shades(path: Path) -> None:
    """On request, the best of a column the most; not where there are no colours."""
    plain = ask(path, *ASKED, "-f", "latex")
    text = ask(path, *ASKED, "-f", "latex", "--shade")
    assert "cellcolor" not in plain
    assert text.count(r"& \cellcolor{cyan!40}\textbf{75.0}") == 2
    assert text.replace(r"\cellcolor{cyan!40}", "") == plain
    page = ask(path, *ASKED, "-f", "html", "--shade")
    assert page.count('style="background: rgb(0 174 239 / 40%)"><strong>75.0') == 2
    refused = CliRunner().invoke(cli, ["--warehouse", str(path), *ASKED, "--shade"])
    assert refused.exit_code == 2
    assert "Markdown has no colours" in refused.output


def test_latex(path: Path, tmp_path: Path) -> None:
    """The file's name chooses the form; nothing in a name is a command."""
    output = tmp_path / "table.tex"
    ask(path, *ASKED, "-o", str(output), "--caption", HOSTILE, "--label", "tab:a")
    text = output.read_text(encoding="utf-8")
    assert text.startswith("\\begin{table}\n\\centering\n\\caption{[*a\\_b \\& 50\\%")
    assert "{}[*a\\_b \\& 50\\% \\$x\\$ \\#1 \\{c\\}" in text
    assert "\\textbackslash{}input\\{x\\}" in text
    assert "& \\textbf{75.0} & 87.5 & \\textbf{75.0} \\\\" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("query", [ASKED, ("query", "results")])
def test_latex_compiles(path: Path, tmp_path: Path, query: tuple[str, ...]) -> None:
    """A page of hostile names is a page."""
    table = ask(path, *query, "-f", "latex")
    (tmp_path / "page.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\usepackage[T1]{fontenc}"
        f"\\begin{{document}}\\footnotesize\n{table}\\end{{document}}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "page.pdf").exists()


def test_a_column_that_there_is_not(path: Path) -> None:
    """It is told with the nearest, before anything is written."""
    done = CliRunner().invoke(
        cli, ["--warehouse", str(path), *SPREAD, "--value", "valu"]
    )
    assert done.exit_code != 0
    assert "no column 'valu'; did you mean 'value'?" in str(done.exception)
