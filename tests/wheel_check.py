"""Check an installed wheel in the current, empty folder, away from any checkout.

``python wheel_check.py FULL SITE BARE``: FULL is a Python with the packages of all
extras, SITE a folder that holds the installed wheel, BARE a ``zscwh`` command of the
wheel without extras. It judges by exit codes and text.
"""

from __future__ import annotations

import subprocess
import sys

FORMATS = ("table", "csv", "json", "jsonl", "parquet", "markdown", "latex")


def check(*command: str, code: int = 0, said: str = "") -> None:
    """Run a command; end with its output when it does not do what it should."""
    done = subprocess.run(command, capture_output=True, check=False)
    output = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != code or said not in output:
        sys.exit(f"{' '.join(command)}\nexit code {done.returncode}\n{output}")


def main(full: str, site: str, bare: str) -> None:
    """Fill a warehouse with all extras, then use it without any."""
    run = ("env", f"PYTHONPATH={site}", full, "-m", "zsc_wh")
    check(*run, "ingest", "quickstart", "--limit", "2", said="2 cells executed")
    check(*run, "report", "-o", "report.html")
    check(bare, "--help")
    for kind in ("encoders", "datasets", "reducers", "clusterers", "probes", "recipes"):
        check(bare, "catalog", kind)
    check(bare, "doctor", said='pip install "zscwh[ingest] @ file://')
    check(bare, "explain", "pixels/digits/none/kmeans", said="ingest quickstart --cell")
    check(bare, "export", "backup")
    check(bare, "--warehouse", "copy.duckdb", "import", "backup")
    check(bare, "compare", "zscwh.duckdb", "copy.duckdb", said="within")
    check(bare, "prune", "--complete", "--yes")
    for fmt in FORMATS:
        check(bare, "query", "results", "-f", fmt)
        check(bare, "sql", "select * from result", "-f", fmt)
    check(bare, "status", said="quickstart")
    check(
        bare,
        "ingest",
        "quickstart",
        code=2,
        said='pip install "zscwh[ingest] @ file://',
    )
    check(bare, "report", code=2, said='pip install "zscwh[report] @ file://')
    sys.stdout.write("the wheel works away from the checkout\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
