"""Readers: each file is recognised as what it is and nothing else, and holds what was put into it."""

import look_alikes
import numpy as np
import pytest
from look_alikes import Known
from understood import read

from neurogen_abm.activity.recordings.formats import registry

FILES = {made.__name__: made() for made in look_alikes.MADE}
FILES |= {f"actiware_{language}": look_alikes.actiware(language) for language in ("de", "en", "nl")}


@pytest.mark.parametrize("known", FILES.values(), ids=FILES)
def test_a_file_is_recognised_by_its_content_and_by_one_reader(source, known: Known):
    file = source(known.content)
    assert [reader.__name__.rpartition(".")[2] for reader in registry.READERS if reader.recognises(file)] == [
        known.reader
    ]


@pytest.mark.parametrize("known", FILES.values(), ids=FILES)
def test_a_file_holds_what_was_put_into_it(source, known: Known):
    recording = read(source(known.content))
    assert recording.quantity == known.quantity
    assert tuple(recording.tracks) == known.tracks
    track = next(iter(recording.tracks.values()))
    assert track.starts[0] == np.datetime64(known.start)
    np.testing.assert_allclose(track.values, known.values, rtol=1e-4)
    apart = track.seconds[0] if track.seconds is not None else np.diff(track.starts)[0] / np.timedelta64(1, "s")
    assert apart == pytest.approx(known.seconds)
    assert track.rows.shape == track.starts.shape == track.values.shape
    for note in recording.notes:
        assert note.endswith(".")
