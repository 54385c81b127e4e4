from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zsc_wh.work import energy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the one processor of a machine.

    Beside it lie a part of it and the zone that holds it, as on laptops.
    """
    root = tmp_path / "powercap"
    for name in ("intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1"):
        (root / name).mkdir(parents=True)
        (root / name / "energy_uj").write_text("900\n")
        (root / name / "max_energy_range_uj").write_text("999\n")
        (root / name / "name").write_text(f"package-{name[-1]}\n")
    (root / "intel-rapl:1" / "name").write_text("psys\n")
    monkeypatch.setattr(energy, "POWERCAP", root)
    return root / "intel-rapl:0"
