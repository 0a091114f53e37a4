"""The site: pages of ``docs``, the notebooks with the outputs that are kept in them, and the changelog. ``make docs``.

Pages stay plain Markdown that a repository shows as well: their order in the sidebar is that of the lists of
``docs/index.md``, and the API is filled in beside the names that ``docs/api.md`` lists.
"""

import posixpath
import re
from pathlib import Path

from sphinx.application import Sphinx

from neurogen_abm import __version__

ROOT = Path(__file__).parent.parent.parent
project = "neurogen_abm"
author = "The neurogen_abm authors"
release = version = __version__
root_doc = "docs/index"
include_patterns = ["docs/*.md", "docs/decisions/*.md", "notebooks/*.ipynb", "CONTRIBUTING.md", "CHANGELOG.md"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
nb_execution_mode = "off"  # outputs are kept in the notebooks, and a test holds them to the code
nb_merge_streams = True
# A figure is kept as an image too (a test looks), and that is shown; the other form needs scripts of others.
suppress_warnings = ["mystnb.unknown_mime_type"]
myst_heading_anchors = 4  # the anchors that a repository gives, so that one link works in both
myst_enable_extensions = ["html_image"]
html_theme = "furo"
html_title = f"neurogen_abm {release}"
html_static_path = ["static"]
html_js_files = ["passports.js"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_show_copyright = False  # the licence is in the repository, and names nobody else
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
default_role = "code"  # in docstrings, what stands between single backticks

_BULLET = re.compile(r"^- .*$", re.M)
_LINK = re.compile(r"\]\(([^)#\s]+\.(?:md|ipynb))(?:#[^)]*)?\)")
_PAGE = re.compile(r"(?<!\[)`docs/(\w+\.md)`")


def _order(docname: str, text: str) -> str:
    """Return hidden tables of contents: one for each section of a page that lists pages, in its order."""
    here, known, found = posixpath.dirname(docname), {docname}, []
    for section in re.split(r"^(?=## )", text, flags=re.M):
        title = re.match(r"## (.+)", section)
        pages = []
        for target in (link for bullet in _BULLET.findall(section) for link in _LINK.findall(bullet)):
            page = posixpath.normpath(posixpath.join(here, target)).rpartition(".")[0]
            if page not in known:
                known.add(page)
                pages.append(f"/{page}")
        if pages:
            caption = [f":caption: {title[1]}"] if title else []
            found.append("\n".join(["```{toctree}", ":hidden:", *caption, "", *pages, "```"]))
    return "\n\n".join(found)


def _described(text: str) -> str:
    """Return the page of the API with what the docstring says below the name of each object."""
    directives = {"class": "autoclass", "exception": "autoexception", "function": "autofunction"}

    def filled(match: re.Match[str]) -> str:
        kind, name = match[2], match[1]
        members = "\n   :members:" if kind == "class" else ""
        return f"{match[0]}\n\n```{{eval-rst}}\n.. {directives[kind]}:: neurogen_abm.{name}{members}\n```"

    return re.sub(r"^### `(\w+)` \((class|exception|function)\)$", filled, text, flags=re.M)


def _leads_out(docname: str, text: str) -> str:
    """Return the page with links to Markdown that is no page of the site as links to files, which go with it."""

    def link(match: re.Match[str]) -> str:
        target = ROOT / posixpath.normpath(posixpath.join(posixpath.dirname(docname), match[1]))
        inside = target.parent in (ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "notebooks")
        here = inside or target in (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
        return match[0] if here else match[0].replace(match[1], f"path:{match[1]}", 1)

    return _LINK.sub(link, text)


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    if not docname.startswith("notebooks/"):
        source[0] = _leads_out(docname, source[0])
    if docname == "docs/pathways_report_card":  # two pages of one title are one too many in a list
        source[0] = source[0].replace("# Evidence report card", "# Report card of the pathways", 1)
    if docname in (root_doc, "docs/decisions/README"):
        source[0] += f"\n\n{_order(docname, source[0])}\n"
    elif docname == "docs/api":
        source[0] = _described(source[0])
    elif docname in ("docs/odd", "docs/equations", "docs/parameters"):
        source[0] = _PAGE.sub(r"[`docs/\1`](\1)", source[0])


def _front_door(app: Sphinx, fault: Exception | None) -> None:
    """Write the page at the root of the site that leads to the first one."""
    if fault is None:
        first = f"{root_doc}.html"
        page = f'<!doctype html><meta charset="utf-8"><title>{project}</title><meta http-equiv="refresh" '
        Path(app.outdir, "index.html").write_text(f'{page}content="0; url={first}"><a href="{first}">{project}</a>\n')


def setup(app: Sphinx) -> None:
    """Connect the order of pages, the API and the front door."""
    app.connect("source-read", _read)
    app.connect("build-finished", _front_door)
