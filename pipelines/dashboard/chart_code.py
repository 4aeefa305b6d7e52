"""The code that draws charts in a browser, from the installed package: none of it is kept in this repository."""

from __future__ import annotations

import vl_convert


def chart_code() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as a script that sets window.vegaEmbed; BSD, as vl-convert has them."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
