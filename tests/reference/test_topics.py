from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from zsc_wh import clusterers, datasets, encoders, probes, reducers
from zsc_wh.cli import cli
from zsc_wh.declare.entries import KINDS
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field
from zsc_wh.reference import TOPICS, Topic, about, listed, page, shown
from zsc_wh.reference.pages import takes
from zsc_wh.report.kinds import CHARTS
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REGISTRIES: dict[str, Mapping[str, Any]] = {
    "dataset": datasets.LOADERS,
    "encoder": encoders.LOADERS,
    "reducer": reducers.METHODS,
    "clusterer": clusterers.METHODS,
    "probe": probes.METHODS,
    "report": CHARTS,
}
FIELDS = {
    f"{topic.title} {keys.table} {name}": field
    for topic in TOPICS
    for keys in topic.keys
    for name, field in keys.fields.items()
}


def test_every_kind_of_every_registry_is_a_topic() -> None:
    """What can be declared can be asked about, with each of its own keys."""
    for of, registry in REGISTRIES.items():
        topics = {topic.name: topic for topic in TOPICS if topic.of == of}
        assert topics.keys() == registry.keys()
        for name, entry in registry.items():
            assert entry.fields.items() <= topics[name].keys[0].fields.items()
    assert {*KINDS, "grid", "cross", "study", "mapping"} <= {t.name for t in TOPICS}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_key_says_what_it_means(field: Field) -> None:
    """A whole sentence or phrase, not the beginning of one."""
    assert re.fullmatch(r"\S.*[^\s.,;:]", field.doc)
    assert len(field.doc.split()) > 1


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.title)
def test_every_topic_is_one_line(topic: Topic) -> None:
    """With no full stop, as it stands in a list."""
    assert topic.doc
    assert not topic.doc.endswith(".")
    assert "\n" not in topic.doc


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field(int, minimum=1), "a whole number from 1 on"),
        (Field(float, minimum=0, maximum=0.5), "a number from 0 to 0.5"),
        (
            Field(int, minimum=1, words=("labels",)),
            'a whole number from 1 on or "labels"',
        ),
        (Field(str, choices=("a", "b")), '"a" | "b"'),
        (Field(list, items=int), "a list of whole numbers"),
        (Field(list, single=True), "a string or a list of strings"),
    ],
)
def test_what_a_key_takes_is_said(field: Field, text: str) -> None:
    """The type, the range, the choices."""
    assert takes(field) == text


def test_the_page_of_the_repository_is_the_reference() -> None:
    """Made anew, it is the same: zscwh help --markdown -o ingest/REFERENCE.md."""
    kept = data_folder("ingest") / "REFERENCE.md"
    assert kept.read_text(encoding="utf-8") == page()


def test_the_page_has_a_row_for_every_key() -> None:
    """Each with as many cells as the head, whatever its text holds."""
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(keys.fields) for t in TOPICS for keys in t.keys)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


@pytest.mark.parametrize("width", [60, 80])
def test_text_fits_the_terminal(width: int) -> None:
    """The list and every topic."""
    text = listed(width) + shown(TOPICS, width)
    assert max(map(len, text.splitlines())) <= width


def test_a_name_of_several_kinds_shows_them_all() -> None:
    """Encoders, reducers and clusterers can be of the kind python."""
    assert [t.of for t in about("python")] == ["encoder", "reducer", "clusterer"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """As everywhere."""
    with pytest.raises(ConfigError, match="no help for 'umpa'; did you mean 'umap'"):
        about("umpa")


def _said(*args: str) -> str:
    done = CliRunner().invoke(cli, ["help", *args], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_command_shows_topics_and_commands(tmp_path: Path) -> None:
    """A list, keys of a topic, help of a command, and both where a name is both."""
    assert "umap" in _said()
    assert "n_neighbors" in _said("umap")
    assert _said("forget").startswith("Usage: ")
    both = _said("report")
    assert "[[section]]" in both
    assert "zscwh report --help" in both
    file = tmp_path / "r.md"
    assert _said("--markdown", "-o", str(file)) == ""
    assert file.read_text(encoding="utf-8") == page()
    refused = CliRunner().invoke(cli, ["help", "umap", "--markdown"])
    assert refused.exit_code == 2
