from __future__ import annotations

from tests.engine.conftest import make_grid, module_grid, zscwh

__all__ = ["make_grid", "module_grid", "zscwh"]
