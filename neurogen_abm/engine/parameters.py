"""The parameters a run needs, flat: what lowering makes of a resolved scenario and what compiled code reads."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Parameters(NamedTuple):
    """One animal's constants. Hours, sites, and hazards per hour; arrays are float64 unless said."""

    seed: int
    dt_h: float
    n_u: int  # sites along the septotemporal axis
    n_v: int  # sites along the transverse axis
    n_layers: int  # subgranular zone and granule cell layers
    reach: int  # sites
    initial_age_h: float
    young_age_h: float
    ageing_time_h: float
    dormant_floor: float
    dormant_rise: float
    resting_floor: float
    resting_rise: float
    activation_decline_h: float
    deepening: float  # 1/h: of resting stem cells, which no signal changes; 0 where the mechanism is off
    active_minimum_h: float
    active_pause_h: float
    stay_active: Floats  # (2,): young, aged; likewise below
    symmetric: Floats
    consuming: Floats
    astrogenic: Floats
    divide: Floats  # (2, generations)
    cycle_minimum_h: float
    cycle_pause_h: Floats  # (2,)
    stay_h: Floats  # (3,): immature_early, immature_late, maturing
    stay_shape: float  # of the gamma law, >= 1
    death_edges_h: Floats  # (bins,)
    death: Floats  # (2, bins)
    death_window: NDArray[np.int64]  # int64 (bins,): a target, or NO_TARGET
    clearance_h: float
    hop_interval_h: float
    hop_until_h: float
    capillary_attraction: float
    radial_depth: int  # layers
    block: int  # sites along the side of a block that shares boutons
    pool: float  # rivals that the boutons of one column feed
    rivalry: float
    channel: NDArray[np.int64]  # int64 (targets, states)
    combiner: float  # exponent of the power mean over messengers that change one rate
    column_capacity: int  # granule cells a column of the layer can hold
    developmental_death: float  # of granule cells born in development


FIELD: Final = -1  # the signal that has a field in the niche; others act through their blood level, alike everywhere


class Effects(NamedTuple):
    """Effects of signals on rates, one entry each; arrays of shape (effects,)."""

    channel: NDArray[np.int64]  # int64
    towards: Floats
    half_max_fold: Floats
    hill: Floats
    habituation_depth: Floats
    habituation_time_h: Floats
    knocked_out: NDArray[np.uint8]  # uint8: the receptor is missing, the cell meets no signal
    messenger: NDArray[np.int64]  # int64: place among the messengers of the blood, or FIELD
    benefit: NDArray[np.int64]  # int64: 0 multiplies the rate; averaged with others of its channel: 1 where more of the
    # rate is better, -1 where less is
    limb: NDArray[np.int64]  # int64: which side of rest it answers to, `hazards.BOTH`, ABOVE or BELOW
    integration_h: Floats  # time constant of the mean of the signal that it follows; 0: the level of the moment
    gain_loss: Floats  # how many times faster gain is lost, at saturation, than it comes back; 0: it habituates by mean
