"""A folder in which whatever the documentation says can be typed: shipped files cut down, and files of a reader's.

Nothing of a command is changed. What it names is smaller: patches of tissue, two animals, few studies and points, so
that all of the documentation is tried in minutes. Numbers of such animals mean nothing and are not looked at.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from look_alikes import fit
from page_blocks import ROOT, blocks

from neurogen_abm.spec.yaml.reader import parse

Data = dict[str, Any]
PATCH = {"septotemporal": "1000 um", "transverse": "120 um"}  # 25 sections of 40 um, of which one in six is four
# `study all` repeats these: those that a page names, and one with counts of single animals.
STUDIES = ("vanpraag1999_nn", "kronenberg2006_timecourse", "clark2010", "gregoire2014_alternating")
STUDIES_OF_COUNTS = ("akers2014_course", "akers2014_age", "akers2014_memory")
LIFESPAN = "60 d"


def small_scenario(data: Data) -> Data:
    """Return a scenario on a small patch, and of the whole life of a mouse its beginning."""
    return data | {"tissue": PATCH} | ({"duration": LIFESPAN} if data.get("name") == "mouse_lifespan" else {})


def small_study(data: Data) -> Data:
    """Return a study on a small patch with two animals in every arm, unless a table says how many there are."""
    arms = {name: {key: said for key, said in arm.items() if key != "tissue"} for name, arm in data["arms"].items()}
    return data | {"changes": data.get("changes", {}) | {"tissue": PATCH}, "arms": arms, "animals": 2}


def small_sweep(data: Data) -> Data:
    """Return a sweep on a small patch with two seeds and at most two values on an axis."""
    axes = {}
    for path, axis in data.get("axes", {}).items():
        cut = {key: axis[key][:2] for key in ("values", "labels") if key in axis}
        axes[path] = axis | cut | ({"points": 2} if "points" in axis else {})
    design = data.get("design")
    fewer = {"design": design | {"points": 4 if design["kind"] == "morris" else 8}} if design else {}
    where = {"set": data.get("set", {}) | {"tissue": PATCH}, "seeds": 2}
    return data | where | ({"axes": axes} if axes else {}) | fewer


def small_fit(data: Data) -> Data:
    """Return a fit of one number to one study, by the search that it chooses, cut as short as that search allows."""
    fewer: Data = {"studies": list(STUDIES[:1]), "parameters": data["parameters"][:1], "tissue": PATCH, "pairs": 3}
    search = {"least_squares": {"iterations": 1}}
    if data.get("method") == "posterior":
        search = {"posterior": {"points": 8, "refined": 0, "checks": 2, "draws": 200, "steps": 100}}
    return data | fewer | search


def small(data: Data) -> Data:
    """Return the file of a reader's, or one that is shipped, cut down by what it is."""
    if "arms" in data:
        return small_study(data)
    if "studies" in data:
        return small_fit(data)
    if "scenario" in data:
        return small_sweep(data)
    return small_scenario(data)


def write(file: Path, data: object) -> None:
    """Write data; YAML reads JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, ensure_ascii=False, default=str), encoding="utf-8")


def shipped(folder: Path) -> Path:
    """Copy what is shipped into a folder, cut down, and return it."""
    shutil.copytree(ROOT / "scenarios", folder)
    for file in folder.glob("**/*.yaml"):
        if file.parent.name == "studies" and file.stem not in STUDIES + STUDIES_OF_COUNTS:
            file.unlink()
        elif file.parent.name != "data":
            data = parse(file.read_text(encoding="utf-8")).data
            # A planned experiment counts sections of 40 um on a patch of its own, and that is what it plans.
            write(file, small(data))
    return folder


def file_of(block: str) -> str | None:
    """Return the name of the file that a block of YAML is: said in its first line, or by its `name`."""
    first = block.partition("\n")[0]
    if first.startswith("# ") and first.endswith(".yaml"):
        return first.removeprefix("# ")
    data = parse(block).data
    return f"{data['name']}.yaml" if isinstance(data, dict) and "name" in data else None


def wheel(start: str, days: int, every: str) -> pd.DataFrame:
    """Return counts of a wheel that turns at night, in bouts that follow from the time of day alone."""
    n = int(pd.Timedelta(days=days) / pd.Timedelta(every))
    times = pd.date_range(start, periods=n, freq=every)
    minutes = int(pd.Timedelta(every) / pd.Timedelta(minutes=1))
    night = (times.hour < 7) | (times.hour >= 19)
    turning = np.arange(n) % 5 < 2
    return pd.DataFrame({"start": times, "wheel_counts": np.where(night & turning, 40 * minutes, 0)})


def exported(counts: pd.DataFrame) -> pd.DataFrame:
    """Return counts as a program writes them that parts date and time of day."""
    parts = {"Date": counts["start"].dt.strftime("%d.%m.%Y"), "Time": counts["start"].dt.strftime("%H:%M:%S")}
    return pd.DataFrame(parts | {"Wheel 1": counts["wheel_counts"]})


def readers_files(folder: Path) -> None:
    """Write what the pages take for granted: recordings, tables and scenarios of the reader's own."""
    wheel("2025-03-03T07:00:00", 14, "15min").to_csv(folder / "channel3.csv", index=False)
    wheel("2025-03-03T07:00:00", 2, "15min").to_csv(folder / "FILE.csv", index=False)
    exported(wheel("2025-03-03T07:00:00", 2, "15min")).to_csv(folder / "EXPORT.csv", index=False, sep=";")
    one = wheel("2025-03-03T07:00:00", 30, "15min")
    one.to_csv(folder / "m01.csv", index=False)
    one.to_csv(folder / "m02.csv", index=False)
    one.to_csv(folder / "m03_alone.csv", index=False)
    both = pd.concat([one.assign(mouse=animal) for animal in ("M01", "M02")])
    both.to_csv(folder / "wheels.csv", index=False)
    named = {"start": "Zeit", "wheel_counts": "Umdrehungen"}
    one.assign(Käfig=7).rename(columns=named).to_csv(folder / "cages.csv", index=False)
    (folder / "run.fit").write_bytes(fit().content)
    mouse = {"schema": 1, "species": "mouse", "age": "8 wk", "duration": "14 d", "tissue": PATCH}
    running = mouse | {"activity": [{"kind": "wheel", "distance": "5 km/d"}]}
    write(folder / "my_scenario.yaml", running)
    write(folder / "my_mouse.yaml", running)
    write(folder / "SCENARIO.yaml", running | {"duration": "28 d"})
    planned = parse((ROOT / "scenarios" / "designs" / "running_next.yaml").read_text(encoding="utf-8")).data
    write(folder / "my_experiment.yaml", small(planned))
    write(folder / "rest.yaml", mouse)


def tables(folder: Path, text: str) -> None:
    """Write the tables of animals that a page shows: of counts where it names an assay, otherwise of a cohort."""
    for block in blocks(text):
        if block.text.startswith("animal,"):
            file = "my_counts.csv" if "assay" in block.text.partition("\n")[0] else "my_mice.csv"
            (folder / file).write_text(block.text, encoding="utf-8")


def pages_files(folder: Path, text: str) -> None:
    """Write the files that a page shows, scenarios and their like cut down."""
    tables(folder, text)
    for block in blocks(text):
        if block.language == "yaml" and (name := file_of(block.text)) is not None:
            data = parse(block.text).data
            write(folder / name, data if "/" in name else small(data))
