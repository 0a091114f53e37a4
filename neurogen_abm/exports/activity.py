"""The activity of a simulated animal in the format Neurodata Without Borders (NWB)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurogen_abm.numerals import plain
from neurogen_abm.optional import optional
from neurogen_abm.tables import SERIES

if TYPE_CHECKING:
    from neurogen_abm.run import Result

_COLUMNS = ("intensity", "distance_km", "distance_km_d", "distance_asked_km", "short_min", "fitness", "drive")
_LATIN = {"mouse": "Mus musculus", "rat": "Rattus norvegicus", "human": "Homo sapiens"}
_INSTALL = "'neurogen_abm[nwb]'"
_SEX = {"female": "F", "male": "M"}


def pynwb() -> Any:
    """Return the library pynwb, or say how to install it."""
    return optional("pynwb", "pynwb", _INSTALL)


def write_nwb(result: "Result", place: Path) -> None:
    """Write the activity of a run as one NWB file: a time series for each column, in seconds from its start.

    A simulated day has no date. The file says that of the day on which it was simulated, with the clock of the run, so
    that hours of the day are right.
    """
    library = pynwb()
    scenario, series = result.resolved.scenario, result.series
    file = library.NWBFile(
        session_description=f"Simulated: {scenario.title or scenario.name}. The date is that of the simulation.",
        identifier=f"{result.provenance['scenario_digest']}-{scenario.seed}",
        session_start_time=_start(result),
        session_id=f"{scenario.name}-seed{scenario.seed}",
        keywords=["simulation", "activity"],
        source_script="neurogen export",
        source_script_file_name=f"neurogen_abm {result.provenance['software']['neurogen_abm']}",
    )
    file.subject = library.file.Subject(
        subject_id=f"{scenario.name}-seed{scenario.seed}",
        species=_LATIN.get(scenario.species, scenario.species),
        strain=scenario.strain,
        sex=_SEX.get(scenario.sex, "U"),
        age=f"P{plain(scenario.age_h / 24)}D",
        description="a simulated animal",
    )
    behaviour = library.behavior.BehavioralTimeSeries(name="activity")
    timestamps = (series["time_h"] * 3600.0).to_numpy()
    for name in (name for name in _COLUMNS if name in series and series[name].notna().any()):
        column = SERIES[name]
        behaviour.create_timeseries(
            name=name,
            data=series[name].to_numpy(),
            unit=column.unit,
            timestamps=timestamps,
            description=column.meaning or column.label,
        )
    module = file.create_processing_module("behavior", "activity of the simulated animal")
    module.add(behaviour)
    h5py = optional("h5py", "h5py", _INSTALL)
    # An open file, because a path that is not called .nwb, as one that is not complete, is warned of.
    with h5py.File(place, "w") as opened, library.NWBHDF5IO(mode="w", file=opened) as io:
        io.write(file)


def _start(result: "Result") -> datetime:
    """Return the day of the simulation at the hour at which the run starts."""
    began = datetime.fromisoformat(result.provenance["began"]).astimezone(UTC)
    midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=float(result.series["clock_h"].iloc[0]))
