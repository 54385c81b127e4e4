from __future__ import annotations

import base64
import hashlib
import json

import pytest

from zsc_wh.errors import MissingExtraError
from zsc_wh.installed import install_command
from zsc_wh.report.embed import bundle, content_policy, safe_json

HOSTILE = "</script><!-- & \u2028 \u2029 'quoted' \"twice\" \\ \x00"


def test_json_cannot_leave_its_element() -> None:
    """No sign that HTML or an old script could read is left, and the value survives."""
    text = safe_json({"name": HOSTILE})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"name": HOSTILE}


def test_json_refuses_nan() -> None:
    """NaN is not JSON; a query that let it through is found here."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        safe_json([float("nan")])


def test_the_bundle_is_one_script_that_draws() -> None:
    """The script cannot end its element and gives the page `vegaEmbed`."""
    script = bundle()
    assert "</script" not in script
    assert "<!--" not in script
    assert "window.vegaEmbed=" in script.replace(" ", "")


def test_the_policy_names_the_scripts_by_their_hashes() -> None:
    """Only the scripts of the page may run, and nothing may be fetched."""
    policy = content_policy(["let a = 1;"])
    digest = base64.b64encode(hashlib.sha256(b"let a = 1;").digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy


def test_a_page_without_charts_runs_no_script() -> None:
    """Without scripts the policy forbids all of them."""
    assert "script-src 'none'" in content_policy([])


def test_a_vl_convert_of_another_age_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the major version that altair writes the error says how to mend it."""
    bundle.cache_clear()
    monkeypatch.setattr("vl_convert.get_vegalite_versions", lambda: ["4.17"])
    with pytest.raises(MissingExtraError, match="no Vega-Lite") as caught:
        bundle()
    assert install_command("report") in caught.value.hint
    bundle.cache_clear()
