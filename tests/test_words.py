from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from zsc_wh.words import NOTHING, heading, is_key, word, words


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
        ("cpu_energy_j", 2e12, "2e+03 GJ"),
        ("peak_bytes", 512, "512 B"),
        ("peak_bytes", 3 * 2**20, "3 MiB"),
        ("peak_bytes", 2**41, "2.05e+03 GiB"),
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
