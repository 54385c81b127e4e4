from __future__ import annotations

from tests.engine.conftest import make_grid, zscwh

__all__ = ["make_grid", "zscwh"]
