"""What is measured, one function a question; each returns the rows of the table that answer it.

A figure that depends on the machine stands beside another taken in the same minutes, so that the ratio carries over.
"""

from collections.abc import Callable

from benchmarks.measures.keeping import keeping
from benchmarks.measures.lives import a_year, against_reference, animals, end_to_end, human, recording
from benchmarks.measures.parts import kernel, memory, the_field
from benchmarks.measures.starting import starting
from benchmarks.measures.sweeps import many, sweep
from benchmarks.rows import Row
from benchmarks.sizes import Size

MEASURES: dict[str, Callable[[Size], list[Row]]] = {
    "reference": against_reference,
    "end_to_end": end_to_end,
    "kernel": kernel,
    "field": the_field,
    "year": a_year,
    "keeping": keeping,
    "animals": animals,
    "human": human,
    "recording": recording,
    "start": starting,
    "memory": memory,
    "sweep": sweep,
    "many": many,
}
