"""The page in a browser without a network, with names that want to break out."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.filled import make_hostile
from zsc_wh.report import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

    from tests.queries.made import Made
    from zsc_wh.warehouse import Warehouse

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver"
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Return a browser with a fresh profile."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(
    store: Callable[[Made], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the report of a warehouse full of hostile names."""
    output = tmp_path_factory.mktemp("page") / "report.html"
    write(store(make_hostile()), "overview", output)
    return output


def opened(browser: Chrome, page: Path, width: int, scheme: str = "light") -> None:
    """Open the page at a width and wait until all charts are drawn."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    log(browser, "browser")
    log(browser, "performance")
    browser.get(page.as_uri())
    deadline = time.monotonic() + 60
    while run(browser, "document.documentElement.dataset.drawn") != "yes":
        assert time.monotonic() < deadline, "the charts were not drawn in a minute"
        time.sleep(0.1)


def log(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a log since it was last asked for."""
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def run(browser: Chrome, expression: str) -> Any:
    """Return the value of a JavaScript expression."""
    return browser.execute_script(f"return {expression}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_draws_alone(
    browser: Chrome, page: Path, width: int, scheme: str
) -> None:
    """All charts are drawn, nothing is asked for, nothing complains or breaks out."""
    from selenium.common.exceptions import NoAlertPresentException

    opened(browser, page, width, scheme)
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert.text
    assert log(browser, "browser") == []
    assert run(browser, "performance.getEntriesByType('resource').length") == 0
    events = [
        json.loads(entry["message"])["message"] for entry in log(browser, "performance")
    ]
    asked = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert asked <= {page.as_uri(), "data:,"}
    charts = run(browser, "document.querySelectorAll('.chart').length")
    drawn = run(
        browser, "document.querySelectorAll('.chart svg, .chart canvas').length"
    )
    assert charts == drawn
    assert charts > 30
    assert run(browser, "document.querySelectorAll('img').length") == 0
    assert run(browser, "document.documentElement.scrollWidth") <= width


def test_charts_fit_their_boxes(browser: Chrome, page: Path) -> None:
    """On a wide screen no chart needs to be scrolled."""
    opened(browser, page, 1400)
    wide = run(
        browser,
        "[...document.querySelectorAll('.panel .scroll')]"
        ".filter((box) => box.scrollWidth > box.clientWidth + 1).length",
    )
    assert wide == 0


def test_the_page_runs_no_other_script(browser: Chrome, page: Path) -> None:
    """Even a script that got into the page would not run: the policy forbids it."""
    opened(browser, page, 1400)
    run(
        browser,
        "(() => { const made = document.createElement('script');"
        "made.textContent = 'window.broken = true';"
        "document.body.append(made); })()",
    )
    assert run(browser, "window.broken") is None
    assert any(
        "Content Security Policy" in entry["message"]
        for entry in log(browser, "browser")
    )


def column(browser: Chrome, table: str, place: int) -> list[str]:
    """Return the texts of a column of a table, in the rows that are shown."""
    texts: list[str] = run(
        browser,
        f"[...document.querySelector({table!r}).tBodies[0].rows]"
        f".filter((row) => !row.hidden).map((row) => row.cells[{place}].textContent)",
    )
    return texts


def test_a_table_is_sorted_and_filtered_by_keyboard(
    browser: Chrome, page: Path
) -> None:
    """A head sorts up, then down, values that are missing last; words pick rows."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    opened(browser, page, 1400)
    table = "#costs-1 table"
    heads = run(
        browser,
        f"[...document.querySelectorAll('{table} th')].map((head) => head.textContent)",
    )
    place = heads.index("total")
    head = browser.find_elements(By.CSS_SELECTOR, f"{table} th button")[place]
    head.send_keys(Keys.ENTER)
    rising = column(browser, table, place)
    head.send_keys(Keys.ENTER)
    falling = column(browser, table, place)
    known = [text for text in rising if text != "–"]  # noqa: RUF001
    assert len(known) > 2
    assert known == sorted(known, key=seconds)
    assert falling == [*reversed(known), *rising[len(known) :]]

    search = browser.find_element(By.CSS_SELECTOR, "#costs-1 input")
    search.send_keys("cluster kmeans")
    stages = column(browser, table, heads.index("stage"))
    assert stages
    assert {*stages} == {"cluster"}


def seconds(text: str) -> float:
    """Return a time as the page writes it in seconds."""
    number, unit = text.split()
    return float(number) * {"ms": 0.001, "s": 1, "min": 60, "h": 3600}[unit]


def test_rows_and_charts_are_saved(browser: Chrome, page: Path) -> None:
    """A figure gives all its rows as CSV, and its chart as an SVG that stands alone."""
    opened(browser, page, 1400)
    browser.set_script_timeout(30)
    saved = browser.execute_async_script(
        """
        const done = arguments[0], blobs = [];
        URL.createObjectURL = (blob) => (blobs.push(blob), "data:,");
        const [csv, svg] = document.querySelectorAll("#clusterers-0 .files button");
        csv.click();
        svg.click();
        const wait = async () =>
          blobs.length < 2
            ? setTimeout(wait, 50)
            : done(await Promise.all(blobs.map((blob) => blob.text())));
        wait();
        """
    )
    lines = saved[0].split("\r\n")
    assert lines[0].startswith("clusterer,mean_rank,")
    assert len(lines) == 2 + len(column(browser, "#clusterers-0 table", 0))
    assert saved[1].startswith("<svg")
    assert "var(--" not in saved[1]


def test_a_cluster_stands_out_everywhere(
    browser: Chrome, store: Callable[[Made], Warehouse], tmp_path: Path
) -> None:
    """Picked by keyboard in a table, the charts dim the others; a point picks too."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    warehouse = store(make_hostile())
    page = tmp_path / "cell.html"
    cell = str(warehouse.run_query("projected_cells").rows[0][0])
    write(warehouse, "cell", page, [cell])
    opened(browser, page, 1400)
    dim = (
        "[...document.querySelectorAll('#chart-clusters-0-0-1 .mark-symbol path')]"
        ".filter((point) => point.getAttribute('opacity') < 0.5).length"
    )
    assert run(browser, dim) == 0
    button = browser.find_element(By.CSS_SELECTOR, "tr[data-pick='1'] button")
    button.send_keys(Keys.ENTER)
    assert run(browser, dim) > 0
    assert button.get_attribute("aria-pressed") == "true"
    assert run(browser, "document.querySelector('.picked-note').textContent") == (
        "Cluster 1 stands outShow all"
    )
    button.send_keys(Keys.ESCAPE)
    assert run(browser, dim) == 0

    run(
        browser,
        "document.querySelector('#chart-clusters-0-0-1 .mark-symbol path')"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true }))",
    )
    picked = run(browser, "document.querySelector('tr.picked').dataset.pick")
    assert picked in {"0", "1", "2"}
    assert log(browser, "browser") == []
