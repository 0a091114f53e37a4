"""What an animal feels of its days, and how far it wants to run: mood, dopamine, the drive to move."""

from typing import TYPE_CHECKING

from neurogen_abm.biology.mood import Day, MoodState, advance_mood, saturated
from neurogen_abm.biology.motivation import DriveState, advance_drive, drive_of_age, drive_target
from neurogen_abm.lowering import Physiology
from neurogen_abm.spec.scenario.feedback import FELT
from neurogen_abm.state import State, kept, put_back

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel

_KEPT = ("mood", "motivation", "_felt", "_steps", "_first_young", "_first_drive")


class Mind:
    """Mood and drive of one animal, which answer once a day to what the muscle did.

    Parameters
    ----------
    p : Physiology
        Which arms act, by their gains, and whether mood is followed at all.
    model : NeurogenesisModel
        Its age, and its young neurons.
    driven : bool
        Whether the drive acts back on running; else it stays 1.

    Attributes
    ----------
    mood : MoodState
        All zero where nobody asks for mood.
    motivation : DriveState
    """

    def __init__(self, p: Physiology, model: "NeurogenesisModel", *, driven: bool) -> None:
        self._model, self._driven = model, driven
        self.mood, self.motivation = MoodState(), DriveState()
        self._felt, self._steps = dict.fromkeys(FELT, 0.0), 0
        self._first_young = 0 if p.mood is None else model.young_neurons
        self._first_drive = self._wanted(p, 1.0) if driven else 1.0
        self.motivation = DriveState(drive=self._first_drive)

    def as_state(self) -> State:
        """Return what is felt now, and what was at the start, as plain numbers."""
        return kept(self, _KEPT)

    def restore(self, state: State) -> None:
        """Feel what `as_state` returned."""
        put_back(self, state, _KEPT)

    def feel(self, rises: dict[str, float]) -> None:
        """Note the rises of messengers in a step, fractions above rest."""
        for messenger, rise in rises.items():
            self._felt[messenger] += rise
        self._steps += 1

    def answer(self, p: Physiology, day: Day, bdnf_rise: float) -> None:
        """Let a day pass: mood first, then what it wants, which dopamine of the day before still moves.

        ``bdnf_rise`` is the mean rise of BDNF in the niche over the day, a fraction above rest.
        """
        if p.mood is not None:
            means = {messenger: sum_ / max(self._steps, 1) for messenger, sum_ in self._felt.items()}
            self._felt, self._steps = dict.fromkeys(FELT, 0.0), 0
            self.mood = advance_mood(
                p.mood, self.mood, day._replace(young=self.young, **means), p.muscle.fitness_max, 1.0
            )
        target = self._wanted(p, day.fitness) if self._driven else 1.0
        self.motivation = advance_drive(p.motivation, self.motivation, target, bdnf_rise, day.use, 1.0)

    @property
    def share(self) -> float:
        """The drive over that at the start of the run: how much of what a scenario asks for the animal runs."""
        return self.motivation.drive / self._first_drive if self._first_drive > 0.0 else 1.0

    @property
    def young(self) -> float:
        """Young neurons over those at the start of the run; an animal that began without has 0 or 1."""
        now = self._model.young_neurons
        return now / self._first_young if self._first_young else float(now > 0)

    def _wanted(self, p: Physiology, fitness: float) -> float:
        """Return the drive that the animal approaches."""
        mood = self.mood
        age = drive_of_age(self._model.age_h, p.mature_age_h, p.aged_drive_age_h, p.aged_drive)
        new = 0.0 if p.motivation.neurogenesis_gain == 0.0 else min(self.young, 2.0) - 1.0
        return drive_target(
            p.motivation,
            self.motivation.dopamine,
            age_factor=age,
            mood=mood.mood,
            fatigue=mood.fatigue,
            depression=mood.depression,
            neurogenesis=new,
            fitness=fitness - 1.0,
            stress=saturated(mood.stress),
        )
