"""Write the golden summaries anew: ``python tests/golden/refresh.py``.

A change of output is a change of the model: say in CHANGELOG.md what changed and why, then commit the new summaries.
"""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from neurogen_abm.model import NeurogenesisModel

FOLDER = Path(__file__).parent


def read(file: Path) -> dict[str, Any]:
    """Return the scenario and the expected summary of a golden file."""
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(file)
    return content


def summary(scenario: dict[str, Any]) -> dict[str, Any]:
    """Live a scenario and return the last row of its series, its register by cause, and a sum over every id."""
    model = NeurogenesisModel(scenario)
    model.run_model()
    cells = model.cells_frame()
    last = {name: value.item() for name, value in model.series_frame().iloc[-1:].items()}
    causes = {f"cells_{cause}": int(n) for cause, n in cells["cause"].value_counts(sort=False).items()}
    # Any cell more, less or other changes this sum.
    identity = int(cells["id"].to_numpy("uint64").sum() % (1 << 53))
    return last | causes | {"ids_modulo_2_53": identity, "mean_birth_h": float(cells["birth_h"].mean())}


def main() -> None:
    """Refresh every file of the folder, keeping its scenario."""
    yaml = YAML()
    yaml.width = 120
    for file in sorted(FOLDER.glob("*.yaml")):
        scenario = read(file)["scenario"]
        document = {"scenario": scenario, "summary": summary(scenario)}
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(document, out)


if __name__ == "__main__":
    main()
