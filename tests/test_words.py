from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from zsc_wh.words import (
    LONGEST,
    NOTHING,
    error_line,
    heading,
    is_key,
    one_line,
    some,
    word,
    words,
)


@pytest.mark.parametrize(
    ("column", "value", "written"),
    [
        ("ami", None, NOTHING),
        ("fine_tuned", True, "yes"),
        ("fine_tuned", False, "no"),
        ("ami", 0.0, "0"),
        ("ami", 0.12345, "0.123"),
        ("ami", -0.5, "-0.500"),
        ("ami", 1e-7, "1e-07"),
        ("calinski_harabasz", 12345.6, "12,346"),
        ("images_per_s", 812.3456, "812.3"),
        ("seed", 9999, "9999"),
        ("n_samples", 10000, "10,000"),
        ("wall_s", 0.5, "0.5 s"),
        ("wall_s", 119.0, "119 s"),
        ("wall_s", 120.0, "2.0 min"),
        ("wall_s", 7200.0, "2.0 h"),
        ("cpu_energy_j", 45.5, "45.5 J"),
        ("cpu_energy_j", 7.2e6, "7.2 MJ"),
        ("cpu_energy_j", 2e12, "2000 GJ"),
        ("cpu_energy_j", 999.7, "1 kJ"),
        ("peak_bytes", 512, "512 B"),
        ("peak_bytes", 3 * 2**20, "3 MiB"),
        ("peak_bytes", 2**41, "2 TiB"),
        ("peak_bytes", 1000 * 2**20, "1000 MiB"),
        ("cell_key", "0123456789abcdef" * 4, "0123456789ab"),
        ("encoder", "resnet50", "resnet50"),
        ("started_at", datetime(2024, 3, 1, 8, 5, tzinfo=UTC), "2024-03-01 08:05"),
        (
            "started_at",
            datetime(2024, 3, 1, 8, 5, tzinfo=timezone(timedelta(hours=5))),
            "2024-03-01 03:05",
        ),
    ],
)
def test_values_are_written_for_people(column: str, value: Any, written: str) -> None:
    """The name of the column says the unit; keys are cut, times are in UTC."""
    assert word(column, value) == written


def test_shares_are_written_in_percent() -> None:
    """A share is written in percent where that is asked for."""
    assert word("noise_fraction", 0.125, percent=True) == "12.5 %"


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("n_runs", "runs"),
        ("n", "n"),
        ("median_s", "median"),
        ("peak_bytes", "peak memory"),
        ("gpu_energy_j", "gpu energy"),
        ("images_per_s", "images per s"),
        ("domain_group", "domain group"),
    ],
)
def test_headings_leave_the_unit_to_the_values(column: str, written: str) -> None:
    """The unit stands with the values, so the heading is free of it."""
    assert heading(column) == written


@pytest.mark.parametrize(
    ("text", "key"), [("a" * 64, True), ("a" * 63, False), ("g" * 64, False)]
)
def test_keys_are_recognised(text: str, *, key: bool) -> None:
    """A key is a sha256 in hexadecimal digits and nothing else."""
    assert is_key(text) is key


def test_a_row_is_written_by_column() -> None:
    """All values of a row are written, each as its column says."""
    assert words({"wall_s": 1.0, "ami": None}) == {"wall_s": "1 s", "ami": NOTHING}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\n  lines\tmore", "two lines more"),
        ("\x1b[2J\x07\u202egone", "?[2J??gone"),
        ("é 中", "é 中"),
        ("x" * 10**6, "x" * (LONGEST - 4) + " ..."),
        ("", ""),
    ],
)
def test_text_from_elsewhere_is_one_short_line(text: str, line: str) -> None:
    """No terminal obeys it, and it fills no page."""
    assert one_line(text) == line


def test_an_error_has_its_class() -> None:
    """A message may be empty."""
    assert error_line(ValueError("\x1bbad\ninput")) == "ValueError: ?bad input"
    assert error_line(KeyError()) == "KeyError"


def test_of_many_names_some_are_shown() -> None:
    """Each is cut short."""
    assert some([]) == "nothing"
    assert some(["a", "b"]) == "a, b"
    assert some(["y" * 10**6, *"abcde"]) == f"{'y' * 96} ..., a, b, c and 2 more"
