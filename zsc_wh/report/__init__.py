"""Reports: named queries in, one self-contained HTML page out.

The only package that imports altair; it needs the extra ``report``. `build` returns the
page, `write` puts it into a file, `chart` is one figure alone. Importing this package
imports neither altair nor jinja2: that happens when something is drawn.
"""

from __future__ import annotations

from zsc_wh.report.build import build, write
from zsc_wh.report.chart import chart

__all__ = ["build", "chart", "write"]
