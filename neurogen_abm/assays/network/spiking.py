"""The same cells and contacts with spikes, in Brian2 (extra ``network``): how far a layer of thresholds can be trusted.

Granule cells are leaky integrators. A spike of an entorhinal cell raises the membrane of those it contacts, in units in
which the mean over a pattern is the drive of `wiring`; a spike of a granule cell adds to the feedback inhibition of the
layer, which decays as GABA currents do. Thresholds, inhibition received and inhibition recruited are those of
`activity`. Rates and times follow Chavlis, Petrantonakis and Poirazi (2017); dendrites, mossy and HIPP cells are left
out.
"""

import warnings
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.network.activity import Traits, traits_of
from neurogen_abm.assays.network.layer import Layer
from neurogen_abm.assays.network.wiring import Contacts, contacts
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.lowering.network import Network, Spiking

_STEP_MS: Final = 1.0
_NEVER: Final = 1e9  # a threshold that no drive reaches
_CELL: Final = """
dv/dt = (-v - received * inhibition) / membrane : 1 (unless refractory)
inhibition : 1 (linked)
received : 1 (constant)
threshold : 1 (constant)
brings : 1 (constant)
"""


def spike_counts(
    layer: Layer,
    network: Network,
    spiking: Spiking,
    seed: int,
    patterns: NDArray[np.bool_],
    silenced: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return how many spikes each cell fires for each pattern, shape (cells, patterns).

    Parameters
    ----------
    layer, network, spiking, seed
        As for `separation_curve`; ``seed`` also draws the entorhinal spikes, of which every pattern gets its own.
    patterns
        Which entorhinal cells fire, shape (patterns, entorhinal cells).
    silenced
        Cells that never fire.

    Raises
    ------
    EnvironmentFault
        Brian2 is not installed.
    """
    brian = _brian()
    before = brian.prefs.codegen.target
    brian.prefs.codegen.target = "numpy"  # needs no compiler
    try:
        traits = traits_of(layer, network)
        wired = contacts(layer.id, traits.afferents, network, seed)
        quiet = np.zeros(len(layer.id), np.bool_) if silenced is None else silenced
        run = _Run(brian, traits, wired, network, spiking, quiet)
        return np.column_stack([run.answer(shown, seed, k) for k, shown in enumerate(patterns)])
    finally:
        brian.prefs.codegen.target = before


class _Run:
    """The layer in Brian2, made once and shown one pattern after another."""

    def __init__(
        self, brian: Any, traits: Traits, wired: Contacts, network: Network, spiking: Spiking, quiet: NDArray[np.bool_]
    ) -> None:
        self._brian, self._spiking = brian, spiking
        ms, n = brian.ms, len(traits.threshold)
        times = {"membrane": spiking.membrane_time * ms, "decay": spiking.inhibition_time * ms}
        clock = {"dt": _STEP_MS * ms, "namespace": times}
        self._entorhinal = brian.SpikeGeneratorGroup(network.n_entorhinal, [], [] * ms, dt=_STEP_MS * ms)
        # Brian2 takes objects of one order by their names, which count on from run to run.
        pool = brian.NeuronGroup(1, "dlevel/dt = -level / decay : 1", method="exact", order=1, **clock)
        cells = brian.NeuronGroup(
            n,
            _CELL,
            threshold="v > threshold",
            reset="v = 0",
            refractory=spiking.refractory * ms,
            method="euler",
            order=2,
            **clock,
        )
        cells.inhibition = brian.linked_var(pool, "level")
        cells.received, cells.threshold = traits.received, np.where(quiet, _NEVER, traits.threshold)
        usual = network.usual_cells * network.active_share * spiking.granule_rate * spiking.inhibition_time
        cells.brings = traits.strength * traits.recruitment / usual
        cell, contact = np.nonzero(wired.strength)
        path = brian.Synapses(self._entorhinal, cells, "jump : 1", on_pre="v_post += jump", dt=_STEP_MS * ms)
        path.connect(i=wired.source[cell, contact], j=cell)
        full = network.afferents * network.entorhinal_share * spiking.entorhinal_rate * spiking.membrane_time
        path.jump = wired.strength[cell, contact] / full
        feedback = brian.Synapses(cells, pool, on_pre="level_post += brings_pre", dt=_STEP_MS * ms)
        feedback.connect()
        path.pre.order, feedback.pre.order = -2, -1
        self._spikes = brian.SpikeMonitor(cells, record=False)
        self._network = brian.Network(self._entorhinal, pool, cells, path, feedback, self._spikes)
        self._network.store()

    def answer(self, shown: NDArray[np.bool_], seed: int, which: int) -> NDArray[np.int64]:
        """Return the spikes of every cell while a pattern is shown."""
        self._network.restore()
        firing, steps = np.flatnonzero(shown), round(self._spiking.presentation / _STEP_MS)
        draw = np.random.Generator(np.random.Philox(key=[seed, which])).random((steps, len(firing)))
        step, of = np.nonzero(draw < self._spiking.entorhinal_rate * _STEP_MS)
        self._entorhinal.set_spikes(firing[of], step * _STEP_MS * self._brian.ms, sorted=True)
        self._network.run(self._spiking.presentation * self._brian.ms)
        return np.asarray(self._spikes.count, np.int64).copy()


def _brian() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module("brian2")
    except (ImportError, AttributeError) as fault:  # the latter: Brian2 2.9 beside numpy 2.4
        there = not isinstance(fault, ModuleNotFoundError)
        what = f"Brian2 is installed and cannot be loaded ({fault})." if there else "Brian2 is not installed."
        cure = "Install it with the numpy it needs: pip install 'neurogen_abm[network]'."
        raise EnvironmentFault(what, cure=cure, code="missing-package") from fault
