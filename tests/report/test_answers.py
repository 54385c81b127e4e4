"""Sentences at the head of a page."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from zsc_wh.report import build
from zsc_wh.report.answers import AnswerPlan, sentence
from zsc_wh.report.gather import Asker

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


def said(page: str) -> list[str]:
    """Return the sentences of a page, with where each leads."""
    [listed] = re.findall(r'<ul class="answers">(.*?)</ul>', page, re.DOTALL)
    items = re.findall(r'<li>(.*?) <a href="#([^"]+)"', listed)
    return [f"{html.unescape(text)} > {section}" for text, section in items]


def test_the_page_answers_first(filled_warehouse: Warehouse) -> None:
    """Each sentence is the first row of its query, with titles, and leads to it."""
    sentences = said(build(filled_warehouse))
    [first] = [text for text in sentences if text.endswith("> clusterers")]
    row = filled_warehouse.query("clusterer_ranks").row(0, named=True)
    assert first.startswith(
        f"{row['clusterer']} ranks first of {row['n_clusterers']} clusterers: "
        f"mean rank {row['mean_rank']:.1f}"
    )
    assert len(sentences) >= 4


@pytest.mark.parametrize(
    ("dataset", "text", "otherwise", "expected"),
    [
        ("animals", "$dataset: ${ami:%}", "", "animals: 58\N{NO-BREAK SPACE}%"),
        ("animals", "${ami:2} and ${ami:+1}", "", "0.58 and +0.6"),
        ("folder", "${ami:2}", "nothing of $dataset", "nothing of folder"),
        ("folder", "${ami:2}", "", None),
    ],
)
def test_values_are_written_as_asked(
    filled_warehouse: Warehouse,
    dataset: str,
    text: str,
    otherwise: str,
    expected: str | None,
) -> None:
    """A row without a value of the text has the other sentence, or none."""
    key = filled_warehouse.cell_key(f"resnet50/{dataset}/umap-50/kmeans/1")
    plan = AnswerPlan("results", {"cell": key}, text, otherwise, "one")
    assert sentence(plan, Asker(filled_warehouse, {}, ())) == expected
