"""The picture of the layers that `pyproject.toml` declares: ``python docs/site/layers.py`` draws it anew."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
_ROW, _GAP, _WIDTH, _LEFT = 30, 6, 680, 210
# First layer of a band -> what the band is about, from the top.
_BANDS = {
    "cli": "what a person types and sees",
    "experiments": "many animals",
    "run": "one animal: one run",
    "storage": "what is kept",
    "(model)": "the model as Mesa knows it",
    "assays": "what is counted; what goes in",
    "spec": "what is written; the engine",
    "over_time": "laws, tables, random numbers",
    "errors": "what all need",
}


def layers() -> list[list[str]]:
    """Return the layers from the top, each with its packages and modules."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    declared = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[part.strip() for part in layer.split("|")] for layer in declared]


def picture() -> str:
    """Return the picture: a row for each layer, a box for each package; a box knows only those in rows below."""
    rows = layers()
    height = len(rows) * (_ROW + _GAP) + 2 * _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13" role="img" aria-label="Layers of the package">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, row in enumerate(rows):
        top = _GAP + number * (_ROW + _GAP)
        if row[0] in _BANDS:
            parts.append(f'<text x="8" y="{top + 20}" fill="#555555">{_BANDS[row[0]]}</text>')
            parts.append(f'<line x1="8" x2="{_WIDTH - 8}" y1="{top - 3}" y2="{top - 3}" stroke="#bbbbbb"/>')
        width = (_WIDTH - _LEFT - _GAP) / len(row) - _GAP
        for place, name in enumerate(row):
            left = round(_LEFT + place * (width + _GAP), 1)
            box = f'x="{left}" y="{top}" width="{round(width, 1)}" height="{_ROW}" rx="4"'
            parts.append(f'<rect {box} fill="#e8f1f8" stroke="#0072b2"/>')
            # At the left of its box, where a phone shows it before the picture is scrolled.
            label = re.sub(r"[()]", "", name)
            parts.append(f'<text x="{left + 6}" y="{top + 20}" fill="#111111">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(picture())
