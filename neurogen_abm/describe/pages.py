"""The pages of the documentation that are made from the code: which file, which text."""

from collections.abc import Callable
from typing import Final

from neurogen_abm.describe import equations, passports
from neurogen_abm.describe.odd import odd
from neurogen_abm.run import prepare, sketched
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.mechanisms import STANDARD

# Species -> the scenario whose run says which numbers every run reads.
_USUAL: Final = {"mouse": "mouse_wheel_running", "rat": "rat_wheel_running", "human": "human_half_marathon"}


def odd_of(species: str) -> str:
    """Return the model in ODD form with the numbers of a species as the catalogue has them."""
    catalogue = load_catalogue(species, mechanisms=[STANDARD])
    on = f", with the mechanisms that are standard in it ({', '.join(catalogue.on)})" if catalogue.on else ""
    return odd(catalogue, catalogue.parameters, f"the {species}, as the catalogue has them{on}")


def parameters() -> str:
    """Return the page of all numbers."""
    read = {species: sketched(prepare(scenario)).used for species, scenario in _USUAL.items()}
    return (
        "# Parameters\n\nEvery number that a run may read, with its passport. Made from the catalogue; on the site, "
        "the box above the tables searches them all. Status and grade are explained in `docs/evidence.md`. "
        "`neurogen explain SCENARIO PATH` adds the note and the whole of long lists. *Every run* are those that "
        + ", ".join(f"`{scenario}`" for scenario in _USUAL.values())
        + " read.\n\n"
        + passports.page(read)
    )


def laws() -> str:
    """Return the page of all laws."""
    return (
        "# Equations\n\nThe laws of the model, each with the function that works it out. The formulas are held to the "
        "code: a test works both out for random arguments. A symbol is the argument of that name; `p` and `s` are the "
        f"numbers of a part of the model. Numbers and their sources stand in "
        f"`docs/parameters.md`.\n\n{equations.page()}"
    )


PAGES: Final[dict[str, Callable[[], str]]] = {
    "odd.md": lambda: odd_of("mouse"),
    "equations.md": laws,
    "parameters.md": parameters,
}
