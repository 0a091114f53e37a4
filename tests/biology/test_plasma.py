"""Blood kinetics: against an ODE solver, against the evidence, and free of how minutes are grouped."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from neurogen_abm.biology import plasma as module
from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.blood import resting_state
from neurogen_abm.biology.exerkines import combined_rise, exerkine_response, exerkines
from neurogen_abm.biology.plasma import (
    ADAPTATION,
    DOSE,
    HIPPOCAMPUS,
    N_STATE,
    NICHE,
    PLASMA,
    PLATELETS,
    RELEASE,
    advance_minutes,
    kinetics,
)
from neurogen_abm.biology.release import infusion_fold, release_gain_factor, resting_level, serum_pg_ml

NO_EXERKINES = exerkines()
LN2 = math.log(2.0)


def run(
    intensity, k=None, messengers=NO_EXERKINES, distance_m=None, state=None, step=None, gain=1.0, rest=1.0, infusion=0.0
):
    """Advance over a whole schedule in steps; return (array of step means, final state)."""
    k = kinetics() if k is None else k
    intensity = np.asarray(intensity, dtype=np.float64)
    distance_m = np.zeros_like(intensity) if distance_m is None else np.asarray(distance_m, dtype=np.float64)
    activity = Activity.none(intensity.size)._replace(intensity=intensity, distance_m=distance_m)
    state = resting_state(k, messengers, rest) if state is None else state
    step = intensity.size if step is None else step
    rises = np.empty(len(messengers.size))
    rows = [
        advance_minutes(k, messengers, state, activity, first, step, gain, rest, infusion, rises)
        for first in range(0, intensity.size, step)
    ]
    return np.array(rows), state


def held(intensity, minutes, then_rest=0):
    return np.concatenate([np.full(minutes, intensity), np.zeros(then_rest)])


def bouts(minutes, seed):
    """Irregular exercise: bouts of a few minutes at random intensity."""
    rng = np.random.default_rng(seed)
    blocks = [np.full(rng.integers(1, 20), rng.random() * 1.5 * (rng.random() < 0.5)) for _ in range(minutes)]
    return np.concatenate(blocks)[:minutes]


class TestAgainstTheEvidence:
    """Numbers simulated in `myokine` 2.2 with the defaults: A 1.2, n 1.45, tau 5 and 24 min, 2 min half-life."""

    def test_ninety_light_minutes_raise_plasma_by_sixteen_percent(self):
        _, state = run(held(0.25, 90))
        assert state[PLASMA] == pytest.approx(1.16, abs=0.005)

    def test_six_maximal_minutes_raise_plasma_by_fifty_six_percent(self):
        _, state = run(held(1.0, 6))
        assert state[PLASMA] == pytest.approx(1.56, abs=0.02)

    @pytest.mark.parametrize(("intensity", "minutes"), [(0.25, 90), (1.0, 6)])
    def test_plasma_is_back_within_eight_percent_after_an_hour(self, intensity, minutes):
        _, state = run(held(intensity, minutes, then_rest=60))
        assert 1.0 < state[PLASMA] <= 1.08

    @pytest.mark.parametrize(("intensity", "minutes", "rise"), [(0.25, 90, 0.06), (0.65, 30, 0.18), (0.8, 40, 0.23)])
    def test_serum_follows_platelets(self, intensity, minutes, rise):
        human = kinetics(platelets_on_min=5.0, platelets_off_min=12.0)
        _, state = run(held(intensity, minutes), human)
        resting = serum_pg_ml(336.0, 0.0, 250e3, 0.13, 0.3)
        after = serum_pg_ml(336.0 * state[PLASMA], state[PLATELETS], 250e3, 0.13, 0.3)
        assert resting == pytest.approx(32_700, rel=0.01)  # 32.7 ng/mL, Naegelin's mean
        assert after / resting - 1.0 == pytest.approx(rise, abs=0.01)

    def test_serum_is_at_rest_an_hour_after_exercise(self):
        human = kinetics(platelets_on_min=5.0, platelets_off_min=12.0)
        _, state = run(held(0.8, 40, then_rest=60), human)
        assert (
            serum_pg_ml(336.0, state[PLATELETS], 250e3, 0.13, 0.3) / serum_pg_ml(336.0, 0.0, 250e3, 0.13, 0.3) < 1.005
        )

    def test_mouse_serum_is_plasma(self):
        assert serum_pg_ml(10.5, 1.0, 0.0, 0.13, 0.3) == 10.5

    @pytest.mark.parametrize(("rest_days", "level"), [(0, 1.87), (7, 1.58), (14, 1.29), (21, 1.14), (28, 1.07)])
    def test_adaptation_outlasts_three_weeks_of_running(self, rest_days, level):
        """Tissue BDNF is H0 (1 + 1.05 A): 1.87x after 21 d of 8 km/d, raised a fortnight later (`myokine` 2.3)."""
        running = np.full(21 * 1440, 8000.0 / 1440.0)
        distance = np.concatenate([running, np.zeros(rest_days * 1440)])
        _, state = run(np.zeros(distance.size), distance_m=distance)
        assert 1.0 + 1.05 * state[ADAPTATION] == pytest.approx(level, abs=0.03)


class TestAgainstAnOdeSolver:
    @pytest.mark.parametrize("amplitude", [0.0, 0.25])
    def test_every_state_and_every_mean(self, amplitude):
        k = kinetics(
            circadian_amplitude=amplitude, circadian_peak_min=300.0, platelets_on_min=5.0, platelets_off_min=12.0
        )
        messengers = exerkines([0.28, 9.0], [60.0, 20.0], threshold=[0.3, 0.0], exponent=[1.0, 3.0])
        effort = bouts(240, seed=3)
        metres = effort * 40.0
        gain, rest, infusion = 0.9, 1.1, 0.2
        rows, state = run(effort, k, messengers, metres, gain=gain, rest=rest, infusion=infusion)

        start = resting_state(k, messengers, rest)
        x = np.concatenate([start, np.zeros(4)])  # and the integrals of P, v, S, h
        for minute, intensity in enumerate(effort):
            target = gain * 1.2 * intensity**1.45
            phase = 2.0 * np.pi * (minute + 0.5 - 300.0) / 1440.0
            level = rest * (1.0 + amplitude * np.cos(phase))
            goals = [0.28 * max(0.0, (intensity - 0.3) / 0.7), 9.0 * intensity**3]
            dose_rate = metres[minute] * 1e-3 * 1440.0

            def slope(_, y, target=target, level=level, goals=goals, dose_rate=dose_rate, intensity=intensity):
                r, p, v, h, d, a, s, _, x0, x1 = y[:10]
                rise = math.exp(0.5 * (math.log1p(x0) + math.log1p(x1))) - 1.0
                return [
                    (target - r) / (5.0 if target > r else 24.0),
                    LN2 / 2.0 * (level * (1.0 + r) + infusion - p),
                    (LN2 / 10.0 + 0.005) * (p - v),
                    (intensity - h) / (120.0 if intensity > h else 360.0),
                    (dose_rate - d) / 1440.0,
                    (d / (d + 0.5) - a) / 14_400.0,
                    (intensity**1.2 - s) / (5.0 if intensity**1.2 > s else 12.0),
                    0.0,  # not primed
                    (goals[0] - x0) / 60.0,
                    (goals[1] - x1) / 20.0,
                    p,
                    v,
                    rise,
                    h,
                ]

            x = solve_ivp(slope, (0.0, 1.0), x, rtol=1e-9, atol=1e-12).y[:, -1]
        exact = [RELEASE, PLASMA, NICHE, HIPPOCAMPUS, DOSE, PLATELETS, N_STATE, N_STATE + 1]
        np.testing.assert_allclose(state[exact], x[exact], rtol=1e-6)
        assert state[ADAPTATION] == pytest.approx(x[ADAPTATION], rel=1e-4)
        np.testing.assert_allclose(rows[0, [0, 1, 3]], x[[10, 11, 13]] / 240.0, rtol=1e-6)
        assert rows[0, 2] == pytest.approx(x[12] / 240.0, rel=2e-3)  # S takes minute means of the messengers

    @pytest.mark.parametrize("rates", [(0.2, 0.35, 0.07), (1.0 / 24.0, 0.3466, 0.0743), (40.0, 3.0, 1e-3)])
    def test_chain_factors_are_the_matrix_exponential(self, rates):
        r, a, n = rates
        generator = np.zeros((6, 6))
        generator[0, 0], generator[1, :2], generator[2, 1:3] = -r, (a, -a), (n, -n)
        generator[3:, :3] = np.eye(3)
        np.testing.assert_allclose(module._chain_factors(*rates), expm(generator), rtol=1e-10, atol=1e-14)

    @pytest.mark.parametrize("gap", [0.0, 1e-12, 1e-9])
    def test_chain_factors_hold_where_rates_coincide(self, gap):
        """With one rate k throughout, the chain is k^j t^j / j! exp(-kt); differences of exponentials would cancel."""
        factors = module._chain_factors(0.1, 0.1 + gap, 0.1 - gap)
        decay = math.exp(-0.1)
        assert factors[1][0] == pytest.approx(0.1 * decay, rel=1e-7)
        assert factors[2][0] == pytest.approx(0.1**2 / 2.0 * decay, rel=1e-7)
        assert factors[2][2] == pytest.approx(decay, rel=1e-7)


class TestGroupingOfMinutes:
    def test_sixty_single_minutes_are_one_hour_bit_for_bit(self):
        effort = bouts(1440, seed=5)
        messengers = exerkines([0.2, 1.0], [120.0, 2880.0], by_dose=[0.0, 1.0])
        k = kinetics(circadian_amplitude=0.25, combiner_p=-4.0)
        by_hour, hourly = run(effort, k, messengers, effort * 40.0, step=60)
        by_minute, minutely = run(effort, k, messengers, effort * 40.0, step=1)
        assert hourly.tobytes() == minutely.tobytes()
        first_hour = np.zeros(6)
        for row in by_minute[:60]:
            first_hour += row
        first_hour[:5] /= 60.0
        assert by_hour[0].tobytes() == first_hour.tobytes()

    @settings(max_examples=20, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), step=st.sampled_from([1, 5, 15, 30, 60, 120, 360, 1440]))
    def test_the_daily_mean_plasma_does_not_depend_on_the_step(self, seed, step):
        effort = bouts(1440, seed)
        rows, _ = run(effort, step=step)
        whole, _ = run(effort)
        assert rows[:, 0].mean() == pytest.approx(whole[0, 0], rel=1e-13)
        assert rows[:, 5].sum() == pytest.approx(whole[0, 5], abs=1e-9)

    def test_minutes_outside_the_schedule_are_refused(self):
        k, state, still = kinetics(), resting_state(kinetics(), NO_EXERKINES), Activity.none(60)
        for first, n in ((-1, 1), (0, 61), (60, 1), (0, 0)):
            with pytest.raises(IndexError):
                advance_minutes(k, NO_EXERKINES, state, still, first, n, 1.0, 1.0, 0.0, np.empty(0))


class TestLevels:
    @settings(max_examples=30, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), gain=st.floats(0.0, 5.0), amplitude=st.floats(0.0, 0.9))
    def test_plasma_is_never_negative_and_release_never_overshoots(self, seed, gain, amplitude):
        effort = bouts(600, seed)
        k = kinetics(circadian_amplitude=amplitude)
        rows, state = run(effort, k, gain=gain, step=10)
        assert (rows[:, :2] > 0.0).all()
        assert 0.0 <= state[RELEASE] <= gain * 1.2 * effort.max() ** 1.45 + 1e-12
        assert rows[:, 0].max() <= (1.0 + amplitude) * (1.0 + gain * 1.2 * effort.max() ** 1.45) + 1e-9

    def test_rest_stays_at_rest(self):
        rows, state = run(np.zeros(3000), step=60)
        assert (rows[:, :2] == 1.0).all()
        assert (rows[:, 2:] == 0.0).all()
        assert state[RELEASE] == 0.0

    def test_a_signal_that_is_gone_is_gone(self):
        # A level that only ever halves would end among numbers near 1e-320; after two days it is none.
        k, moved = kinetics(), bouts(600, 3)
        messengers = exerkines([1.0], [30.0])
        _, state = run(moved, k, messengers)
        assert state[PLASMA] > 0.5
        _, state = run(held(0.0, 40 * 1440), k, messengers, state=state, step=60, rest=0.0)
        gone = [RELEASE, PLASMA, NICHE, HIPPOCAMPUS, PLATELETS, N_STATE]
        assert state[gone].tolist() == [0.0] * len(gone)
        small = state[state != 0.0]
        assert (np.abs(small) >= module.NEGLIGIBLE).all()

    def test_what_is_dropped_is_less_than_a_molecule_in_a_hundred_millilitres(self):
        # 27 kDa: 4.5e-8 pg. Human plasma holds 336 pg/mL at rest, a mouse's 10.6.
        assert 336.0 * module.NEGLIGIBLE * 100.0 < 27_000 * 1.66054e-24 * 1e12

    def test_the_circadian_mean_over_a_day_is_one(self):
        day = run(np.zeros(2880), kinetics(circadian_amplitude=0.25, circadian_peak_min=480.0), step=60)[0][24:, 0]
        assert day.mean() == pytest.approx(1.0, rel=1e-4)
        assert day.max() == pytest.approx(1.25, abs=0.01)
        assert int(np.argmax(day)) in (7, 8)  # the peak is at minute 480

    def test_an_infusion_reaches_its_steady_rise(self):
        fold = infusion_fold(3.638, 1.0, LN2 / 2.0, 10.5)  # k_a Vd P0 = 3.638 pg/min in a mouse
        _, state = run(np.zeros(600), infusion=fold)
        assert fold == pytest.approx(1.0, abs=0.001)
        assert state[PLASMA] == pytest.approx(1.0 + fold, rel=1e-12)

    def test_gain_and_rest_follow_fitness_muscle_and_sex(self):
        assert release_gain_factor(1.0, 0.3, 1.0, 0.26, 1.0, 1.0) == 1.0
        assert release_gain_factor(0.5, 0.3, 1.2, 0.26, 0.6, 1.0) == pytest.approx(0.5**0.3 * 1.052 * 0.6)
        assert resting_level(1.5, 0.07) == pytest.approx(1.035)
        assert resting_level(1.5, 0.0) == 1.0

    def test_bad_rates_are_refused(self):
        for change in ({"tau_on_min": 0.0}, {"plasma_rate_per_min": -1.0}, {"niche_rate_per_min": math.nan}):
            with pytest.raises(ValueError, match="positive"):
                kinetics(**change)


class TestExerkines:
    def test_a_messenger_reaches_its_size_and_a_knock_out_does_not_move(self):
        messengers = exerkines([0.28, 0.0], [60.0, 60.0])
        _, state = run(held(1.0, 1200), messengers=messengers)
        assert state[N_STATE] == pytest.approx(0.28, rel=1e-6)
        assert state[N_STATE + 1] == 0.0

    def test_cathepsin_b_answers_only_to_hard_running(self):
        assert exerkine_response(0.65, 0.0, 0.0, 0.65, 1.0) == 0.0
        assert exerkine_response(1.0, 0.0, 0.0, 0.65, 1.0) == 1.0

    def test_dose_messengers_follow_the_day_not_the_minute(self):
        messengers = exerkines([1.0], [2880.0], by_dose=[1.0])
        _, state = run(np.zeros(4 * 1440), messengers=messengers, distance_m=np.full(4 * 1440, 8000.0 / 1440.0))
        assert 0.7 < state[N_STATE] < 0.95

    def test_a_messenger_may_fall_at_another_pace_than_it_rises(self):
        messengers = exerkines([1.0], [60.0], tau_off_min=[240.0])
        _, state = run(held(1.0, 120, then_rest=120), messengers=messengers)
        assert state[N_STATE] == pytest.approx((1 - math.exp(-2.0)) * math.exp(-0.5), rel=1e-9)

    def test_an_infusion_adds_what_clearance_leaves_and_goes_with_it(self):
        messengers = exerkines([0.5], [60.0], clearance_min=[20.0])
        given = messengers._replace(infused=np.array([2.0]))
        _, state = run(held(1.0, 40), messengers=given)
        assert state[N_STATE] == pytest.approx(0.5 * (1 - math.exp(-40 / 60)), rel=1e-9)
        assert state[N_STATE + 1] == pytest.approx(2.0 * (1 - math.exp(-2.0)), rel=1e-9)
        _, state = run(np.zeros(40), messengers=messengers, state=state)
        assert state[N_STATE + 1] == pytest.approx(2.0 * (1 - math.exp(-2.0)) * math.exp(-2.0), rel=1e-9)

    def test_what_is_neutralised_is_released_all_the_same(self):
        """An antibody takes from blood what is there; once it is gone the level is that of release."""
        whole, half = exerkines([1.0], [60.0]), exerkines([1.0], [60.0])._replace(left=np.array([0.25]))
        (rows, state), (rows_half, state_half) = (run(held(1.0, 60), messengers=m, step=60) for m in (whole, half))
        assert state.tobytes() == state_half.tobytes()
        assert rows_half[0, 2] == pytest.approx(0.25 * rows[0, 2])

    @settings(max_examples=60, deadline=None)
    @given(
        rises=st.lists(st.floats(-0.9, 20.0), min_size=1, max_size=6),
        p=st.sampled_from([-math.inf, -40.0, -4.0, -0.3, 0.0, 0.001, 0.4, 1.0, 3.0]),
    )
    def test_a_power_mean_lies_between_the_least_and_the_greatest_and_grows_with_p(self, rises, p):
        levels, weight = np.array(rises), np.ones(len(rises))
        mean = combined_rise(levels, weight, p)
        assert min(rises) - 1e-9 <= mean <= max(rises) + 1e-9
        assert combined_rise(levels, weight, -math.inf) == min(rises) <= mean + 1e-9
        assert mean <= combined_rise(levels, weight, 3.0) + 1e-9

    def test_combination_from_additive_to_weakest_link(self):
        levels, weight = np.array([0.0, 1.0, 3.0]), np.ones(3)
        assert combined_rise(levels, weight, 1.0) == pytest.approx(4.0 / 3.0)
        assert combined_rise(levels, weight, 0.0) == pytest.approx(1.0)  # (1 * 2 * 4)^(1/3) - 1
        assert combined_rise(levels, weight, 0.001) == pytest.approx(1.0, abs=1e-3)
        assert combined_rise(levels, weight, -200.0) < 0.01
        assert combined_rise(levels, np.zeros(3), 0.0) == 0.0
        assert combined_rise(levels, weight, 5e-324) == combined_rise(levels, weight, 0.0)
        assert combined_rise(np.array([-1.0, 1.0]), np.ones(2), 0.0) == -1.0

    @settings(max_examples=200, deadline=None)
    @given(
        levels=st.lists(st.floats(-0.9, 10.0), min_size=1, max_size=6),
        p=st.floats(-8.0, 4.0),
    )
    def test_a_combination_lies_between_its_parts(self, levels, p):
        array = np.array(levels)
        rise = combined_rise(array, np.ones(array.size), p)
        assert array.min() - 1e-9 <= rise <= array.max() + 1e-9

    @pytest.mark.parametrize("p", [-4.0, -0.3, 0.0, 0.3, 1.0, 2.0])
    def test_a_messenger_counts_by_its_weight(self, p):
        levels, weight = np.array([0.2, 1.0, 3.0, 9.0]), np.array([1.0, 0.5, 2.0, 0.0])
        share = weight / weight.sum()
        mean = np.exp(share @ np.log1p(levels)) if p == 0.0 else (share @ (1.0 + levels) ** p) ** (1.0 / p)
        assert combined_rise(levels, weight, p) == pytest.approx(mean - 1.0)

    def test_uneven_columns_are_refused(self):
        with pytest.raises(ValueError, match="tau_min"):
            exerkines([1.0, 2.0], [60.0])
        with pytest.raises(ValueError, match="positive"):
            exerkines([1.0], [0.0])
        with pytest.raises(ValueError, match="threshold"):
            exerkines([1.0], [60.0], threshold=[1.0])


class TestEverydayActivity:
    """Rest is that of a body with its everyday activity; only the lack of it pushes signals below rest."""

    MESSENGERS = exerkines([0.5, 1.0], [60.0, 600.0], by_dose=[0.0, 1.0])

    def live(self, everyday, minutes=20 * 1440, passive=0.0, intensity=0.0):
        k = kinetics(everyday_intensity=0.1, everyday_dose=0.1)
        state = resting_state(k, self.MESSENGERS)
        full = Activity.none(minutes)
        activity = full._replace(
            everyday=np.full(minutes, everyday, np.float32),
            passive=np.full(minutes, passive, np.float32),
            intensity=np.full(minutes, intensity),
        )
        advance_minutes(k, self.MESSENGERS, state, activity, 0, minutes, 1.0, 1.0, 0.0, np.zeros(2))
        return state

    def test_with_it_a_body_rests_to_the_bit(self):
        rest = resting_state(kinetics(), self.MESSENGERS)
        assert self.live(1.0).tobytes() == rest.tobytes()

    @given(size=st.floats(0.1, 100.0), threshold=st.floats(0.0, 0.2), everyday=st.floats(0.0, 1.0))
    def test_no_messenger_falls_below_none(self, size, threshold, everyday):
        """At rest there is what everyday activity makes and what is there without it: all of it cannot be the first."""
        k, n = kinetics(everyday_intensity=0.1, everyday_dose=0.1), 1440
        messengers = exerkines([size, size], [20.0, 20.0], threshold=[threshold, 0.0], by_dose=[0.0, 1.0])
        state, rises = resting_state(k, messengers), np.empty(2)
        quiet = Activity.none(n)._replace(everyday=np.full(n, everyday, np.float32))
        advance_minutes(k, messengers, state, quiet, 0, n, 1.0, 1.0, 0.0, rises)
        usual = max(0.0, (0.1 - threshold) / (1.0 - threshold))
        assert state[N_STATE] == pytest.approx(-(1.0 - everyday) * size * usual / (1.0 + size * usual), abs=1e-6)
        assert (state[N_STATE:] >= -1.0).all()

    @pytest.mark.parametrize("everyday", [0.0, 0.5])
    def test_without_it_every_signal_settles_below_rest(self, everyday):
        state, lost = self.live(everyday), 1.0 - everyday
        assert state[PLASMA] == pytest.approx(1.0 - lost * 1.2 * 0.1**1.45, rel=1e-9)
        assert state[HIPPOCAMPUS] == pytest.approx(-lost * 0.1, rel=1e-9)
        assert state[DOSE] == pytest.approx(-lost * 0.1, rel=1e-6)
        dose = lost * 0.1
        assert state[N_STATE] == pytest.approx(-lost * 0.05 / 1.05, rel=1e-9)  # by intensity
        assert state[N_STATE + 1] == pytest.approx(-dose / (dose + 0.5), rel=1e-6)  # by dose

    def test_a_current_moves_muscle_and_not_the_hippocampus(self):
        state = self.live(1.0, passive=0.5, intensity=0.5)
        assert state[PLASMA] > 1.3
        assert abs(state[HIPPOCAMPUS]) < 1e-6
        assert self.live(1.0, intensity=0.5)[HIPPOCAMPUS] == pytest.approx(0.5, rel=1e-6)
