"""The modules of the live page as one script: what a server sends, and what a page that is a single file carries.

Forty modules that name each other are asked for in five rounds, which a busy machine answers in seconds; a page on its
own may not load any, for its policy forbids every address, and a browser refuses modules of files. So each module
becomes a function that is called once, in the order in which they need each other, and gives what it exports. The
sources stay the only ones; a form of import or export that is not known here is refused, not guessed.
"""

import re
from functools import cache
from graphlib import TopologicalSorter
from importlib import resources

_IMPORT = re.compile(r'^import (?P<what>\{[^}]*\}|\* as \w+) from "\./(?P<file>[\w.]+)";$', re.M)
_EXPORT = re.compile(r"^export (?P<kind>async function|function|class|const) (?P<name>\w+)", re.M)
# Whole lines of comment, and what a line begins with; neither means anything in scripts, shaders or styles of the page.
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.M)
_INDENT = re.compile(r"^[ \t]+", re.M)
_OTHER = re.compile(r"^(?:import\b|export\b).*", re.M)


@cache
def bundled(main: str) -> str:
    """Return a module of the page and all that it needs as one classic script.

    Raises
    ------
    ValueError
        A module imports or exports in a form that is not known, or modules import each other in a circle.

    Examples
    --------
    >>> bundled("dom.js").count("import ")
    0
    """
    sources: dict[str, str] = {}
    waiting = [main]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = static_text(name)
            waiting += [found["file"] for found in _IMPORT.finditer(sources[name])]
    needs = {
        name: sorted({found["file"] for found in _IMPORT.finditer(text)}) for name, text in sorted(sources.items())
    }
    order = TopologicalSorter(needs).static_order()
    parts = [_as_function(name, sources[name]) for name in order]
    return lean('"use strict";\n' + "\n".join(parts) + "\n")


def lean(text: str) -> str:
    r"""Return a script or a style without indentation and without lines that are comment: cells need the room.

    Examples
    --------
    >>> lean("// why\n  const a = 1; // one\n")
    'const a = 1; // one\n'
    """
    return _INDENT.sub("", _COMMENT.sub("", text))


def static_text(name: str) -> str:
    """Return a file of the live page."""
    return (resources.files("neurogen_abm.serve") / "static" / name).read_text(encoding="utf-8")


def _as_function(name: str, text: str) -> str:
    """Return a module as a function that is called at once and gives what the module exports."""
    exported = [found["name"] for found in _EXPORT.finditer(text)]
    body = _EXPORT.sub(lambda found: f"{found['kind']} {found['name']}", _IMPORT.sub(_taken, text))
    if odd := _OTHER.search(body):
        raise ValueError(f"{name}: this form of import or export cannot be put into one script: {odd[0]}")
    return f"const {_called(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();"


def _taken(found: re.Match[str]) -> str:
    what = found["what"]
    names = what.removeprefix("* as ") if what.startswith("*") else re.sub(r"(\w+) as (\w+)", r"\1: \2", what)
    return f"const {names} = {_called(found['file'])};"


def _called(name: str) -> str:
    return f"${name.removesuffix('.js')}"
