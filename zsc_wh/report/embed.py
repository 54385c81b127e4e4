"""What lets a page stand alone and safe: scripts, JSON inside HTML, content policy.

Names in a warehouse are hostile until shown otherwise. They enter the page as escaped
text or as JSON without a single ``<``, and the policy of the page admits no script but
those whose hashes it lists, and no request.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from zsc_wh.errors import MissingExtraError
from zsc_wh.installed import install_command

if TYPE_CHECKING:
    from collections.abc import Sequence


def safe_json(value: Any) -> str:
    r"""Return JSON that can stand inside a ``script`` element.

    A ``<`` could end the element or open a comment, and the two line separators are
    line ends in old scripts; all are written as escapes, which mean the same in JSON.

    Examples
    --------
    >>> safe_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@cache
def bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script.

    Raises
    ------
    MissingExtraError
        When the installed vl-convert has no Vega-Lite of altair's major version.
    """
    wanted = alt.SCHEMA_VERSION.removeprefix("v").split(".")
    known = [text.split(".") for text in vl_convert.get_vegalite_versions()]
    same = [parts for parts in known if parts[0] == wanted[0]]
    if not same:
        raise MissingExtraError(
            what=f"vl-convert has no Vega-Lite {wanted[0]}, which altair writes",
            hint=f"Install both anew: {install_command('report')} --upgrade",
        )
    exact = [parts for parts in same if parts == wanted[:2]]
    version = ".".join(
        max(exact or same, key=lambda parts: [int(part) for part in parts])
    )
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", version)
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def content_policy(scripts: Sequence[str]) -> str:
    """Return the content security policy: these scripts alone, and no request."""
    hashes = [
        "'sha256-"
        + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        + "'"
        for script in scripts
    ]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src " + (" ".join(hashes) or "'none'"),
            # Vega-Embed puts its styles into the page
            "style-src 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
