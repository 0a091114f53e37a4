"""What every page shares: it needs no network, runs no foreign script, and appears whole or not at all.

Scripts are allowed by their SHA-256 only, connections not at all. Text is escaped by the templates; figures travel as
JSON in which ``<``, ``>`` and ``&`` are written as escapes, so that no text can end its element.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from neurogen_abm.report.figures.evidence import rounded
from neurogen_abm.report.figures.style import CONFIG, Figure
from neurogen_abm.words import spoken


def fill_template(template: str, context: Mapping[str, Any]) -> str:
    """Return a template of this package, filled in, with the scripts and styles that every page carries."""
    library, starter = _library(), _inert(f"{_asset('zip.js')}\n{_asset('page.js')}")
    frame = {
        "css": Markup(_asset("page.css")),
        "library": _packed(library),
        "starter": Markup(starter),
        "policy": _policy(library, starter),
        "config": Markup(_json_text(json.dumps(CONFIG))),
    }
    return fill_text(template, {**frame, **context}, autoescape=True)


def fill_text(template: str, context: Mapping[str, Any], *, autoescape: bool = False) -> str:
    """Return a template of this package, filled in as it stands."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neurogen_abm.report.pages", "templates"),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain_markdown
    return environment.get_template(template).render(context)


def plain_markdown(text: str) -> str:
    r"""Return text as Markdown that shows it as it stands: no links, images, HTML, code or cells come of it.

    Examples
    --------
    >>> print(plain_markdown("<b>[a](b)|"))
    &lt;b>\[a\](b)\|
    """
    # A backslash is text unless a sign follows that it could make plain; so are * and _ within words and numbers.
    signs = r"^(?:#+|[-+])(?=\s)|[\\`|\[\]]|(?<!\w)[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)|~~"
    marked = re.sub(signs, lambda found: "".join(f"\\{sign}" for sign in found[0]), text)
    return " ".join(re.sub(r"&(?=[#\w]+;)", "&amp;", marked).replace("<", "&lt;").split())


def figure_context(placed: Figure) -> dict[str, Any]:
    """Return what a template needs to place a figure."""
    figure = placed.figure
    return placed._asdict() | {"json": Markup(_json_text(figure.to_json())), "height": int(figure.layout.height)}


def table_context(frame: pd.DataFrame) -> dict[str, Any]:
    """Return what a template needs to write a table: numbers to four digits, gaps left empty."""
    rows = [[rounded(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"columns": [spoken(str(column)) for column in frame.columns], "rows": rows}


def _json_text(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _library() -> str:
    """Return the part of plotly.js that draws lines, bars and maps of colour."""
    folder = resources.files("neurogen_abm.report.pages") / "plotly"
    return (folder / "plotly-cartesian.min.js").read_text(encoding="utf-8")


@cache
def _packed(script: str) -> str:
    """Return a script as the page carries it: a third of its size, unpacked by the browser, allowed by its digest."""
    return base64.b64encode(gzip.compress(script.encode(), 9, mtime=0)).decode()


def _inert(script: str) -> str:
    """Return a script that cannot end its own element; an escaped slash means the same within a JavaScript string."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(*scripts: str) -> str:
    """Content security policy: these scripts and no other, no connection, no frame, no form.

    plotly.js writes style attributes, so that inline styles stay allowed; its image export uses ``data:`` and ``blob:``
    addresses.
    """
    digests = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return (resources.files("neurogen_abm.report.pages") / "templates" / name).read_text(encoding="utf-8")
