"""The rivals by name, with their numbers: files of this folder, in the form of the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from neurogen_abm.errors import InputError, argument
from neurogen_abm.rivals import lineages
from neurogen_abm.rivals.lineages import Lineage, Value
from neurogen_abm.spec.catalogue_files import is_parameter, read_part
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.suggest import offer

# Our own model, cells and all.
AGENTS: Final = "agents"
_FORMS: Final[Mapping[str, Callable[[Value], Lineage]]] = {
    "ziebell2018": lineages.ziebell2018,
    "bellman_harris": lineages.bellman_harris,
    "stem_cell_ode": lineages.stem_cell_ode,
}
RIVALS: Final = tuple(_FORMS)
MODELS: Final = (AGENTS, *RIVALS)


@dataclass(frozen=True)
class Rival:
    """A published model: its numbers, and what was published, completed and fitted.

    Attributes
    ----------
    name, label
        As commands and as people call it.
    papers
        Keys of ``references.yaml``.
    says, lacks
        What the model is, and how what it lacks was completed, as sentences.
    parameters
        By dotted path, like those of the catalogue; those with the status ``calibrated`` are its free parameters.
    """

    name: str
    label: str
    papers: tuple[str, ...]
    says: str
    lacks: tuple[str, ...]
    parameters: Mapping[str, Parameter]

    @property
    def free(self) -> tuple[str, ...]:
        """Paths of the parameters that were fitted to findings."""
        return tuple(path for path, parameter in self.parameters.items() if parameter.status == "calibrated")

    def lineage(self, changes: Mapping[str, float] | None = None) -> Lineage:
        """Return its lineage, with other numbers (in the unit of the file) where ``changes`` has some."""
        given = dict(changes or {})

        def value(path: str, unit: str) -> float:
            parameter = self.parameters[path]
            if path in given:
                parameter = parameter.model_copy(update={"value": float(given[path])})
            return float(parameter.to(unit))

        return _FORMS[self.name](value)


@lru_cache
def rival(name: str) -> Rival:
    """Return a rival by name."""
    part = read_part(Path(__file__).with_name(f"{name}.yaml").read_bytes(), f"rivals/{name}.yaml")
    data: Mapping[str, Any] = part.data
    numbers = {
        f"{group}.{key}": Parameter.model_validate(entry)
        for group, entries in data.items()
        if isinstance(entries, dict)
        for key, entry in entries.items()
        if is_parameter(entry)
    }
    return Rival(name, data["label"], tuple(data["papers"]), data["says"], tuple(data["lacks"]), numbers)


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Return the models asked for, each once, ours where none is; ``all`` stands for every one.

    An InputError says that there is no such model.
    """
    for name in names:
        if name not in (*MODELS, "all"):
            what, cure = f'"{name[:40]}" is not a known model.', offer(name, [*MODELS, "all"])
            raise InputError(what, where=argument("models"), code="unknown-model", cure=cure, seen=name)
    asked = MODELS if "all" in names else names or (AGENTS,)
    return tuple(name for name in MODELS if name in asked)
