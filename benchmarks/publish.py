"""``python -m benchmarks.publish``: make the latest figures those of docs/performance.md."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PUBLISHED = RESULTS / "published.json"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def markdown(document: dict[str, Any]) -> str:
    """Return the figures as they stand on the page."""
    lines = ["| what | measured | ratio (range) | against | target | |", "|---|---|---|---|---|---|"]
    for row in (row for rows in document["rows"].values() for row in rows):
        span = f"{row['ratio']:.3g}"
        if row["low"] != row["high"]:
            span += f" ({row['low']:.3g}-{row['high']:.3g})"
        verdict = {None: "", True: "met", False: "**missed**"}[row["met"]]
        cells = [row["name"], f"{row['value']:.4g} {row['unit']}".strip(), span, row["against"], row["target"], verdict]
        lines.append(f"| {' | '.join(cells)} |")
    notes = [f"- {row['name']}: {row['note']}." for rows in document["rows"].values() for row in rows if row["note"]]
    return "\n".join([*lines, "", *notes, ""])


def main() -> None:
    """Copy the latest figures, and write their table into the page."""
    document = json.loads((RESULTS / "latest.json").read_text())
    if document["small"]:
        raise SystemExit("These figures are of small sizes and mean nothing; say `make bench` first.")
    PUBLISHED.write_text(json.dumps(document, indent=1) + "\n")
    head, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(head + BEGIN + markdown(document) + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
