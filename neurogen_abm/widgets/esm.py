"""The scripts of the widgets: one module each, put together from the modules of the live page and nothing else."""

import json
from functools import cache

from neurogen_abm.serve.script import bundled, static_text


@cache
def module(entry: str) -> str:
    """Return a script of `serve/static` with all it needs as one module whose default export renders a widget.

    The widget draws in a shadow root, so that the style of the page, which goes with it, and that of the notebook leave
    each other alone.

    >>> "import " in module("twins_widget.js").replace("@import ", "")
    False
    """
    style = json.dumps(static_text("page.css").replace(":root", ":host"), ensure_ascii=True)
    main = f"${entry.removesuffix('.js')}"
    return f"{bundled(entry)}\nexport default {{ render: (told) => {main}.render({{ ...told, style: {style} }}) }};\n"
