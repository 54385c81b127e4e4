"""Reports: named queries in, one self-contained HTML page out.

The only package that imports altair; it needs the extra ``report``. `build` returns the
page, `write` puts it into a file. Importing this package imports neither altair nor
jinja2: that happens when a page is built.
"""

from __future__ import annotations

from zsc_wh.report.build import build, write

__all__ = ["build", "write"]
