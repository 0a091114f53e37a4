"""Phases of the cycle by hand."""

from neurogen_abm.biology.cell_cycle import phases


def test_the_middle_of_s_phase_is_as_long_before_that_of_mitosis_as_labelled_cells_take_to_it():
    cycle = phases(s_phase_h=8.0, mitosis_h=1.0, mitosis_after_label_h=12.0)
    before_the_division_h = cycle.s_end_h + cycle.s_phase_h / 2, cycle.mitosis_h / 2
    assert before_the_division_h[0] - before_the_division_h[1] == 12.0
