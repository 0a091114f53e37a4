"""What is kept in the user's cache is believed only where it is whole and of the same origin."""

from pathlib import Path

import pytest

from neurogen_abm import cache
from neurogen_abm.spec import catalogue, catalogue_kept
from neurogen_abm.spec.catalogue_files import REFERENCES, read_part, root_folder, shipped_layers


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path) -> Path:
    """Let every test have a cache of its own, and return the folder of what is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "neurogen_abm"


class TestKeeping:
    def test_what_is_kept_comes_back(self):
        cache.keep("a.json", "k", "first\nsecond µ\n")
        assert cache.kept("a.json", "k") == "first\nsecond µ\n"

    def test_another_key_or_name_has_nothing(self):
        cache.keep("a.json", "k", "text")
        assert cache.kept("a.json", "l") is None
        assert cache.kept("b.json", "k") is None

    @pytest.mark.parametrize("damage", [b"", b"k", b"\xff\xfe", b"k 123\ntext"], ids=["empty", "cut", "bytes", "head"])
    def test_a_damaged_file_is_nothing(self, own_cache, damage):
        cache.keep("a.json", "k", "text")
        (own_cache / "a.json").write_bytes(damage)
        assert cache.kept("a.json", "k") is None

    def test_one_changed_digit_is_noticed(self, own_cache):
        cache.keep("a.json", "k", '{"value": 0.35}')
        file = own_cache / "a.json"
        file.write_text(file.read_text().replace("0.35", "0.36"))
        assert cache.kept("a.json", "k") is None

    def test_a_folder_that_cannot_be_made_keeps_nothing(self, monkeypatch, tmp_path):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        cache.keep("a.json", "k", "text")
        assert cache.kept("a.json", "k") is None

    def test_a_user_without_a_home_keeps_nothing(self, monkeypatch):
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home", classmethod(lambda _: (_ for _ in ()).throw(RuntimeError("no home"))))
        cache.keep("a.json", "k", "text")
        assert cache.kept("a.json", "k") is None

    def test_a_name_that_is_taken_by_a_folder_leaves_nothing_behind(self, own_cache):
        (own_cache / "a.json").mkdir(parents=True)
        cache.keep("a.json", "k", "text")
        assert [path.name for path in own_cache.iterdir()] == ["a.json"]


def shipped(species: str) -> dict[str, bytes]:
    """Return the files of a species by place, as the catalogue reads them."""
    files = {f"{layer.title}/{name}": raw for layer in shipped_layers(species) for name, raw in layer.files.items()}
    return {f"catalogue/{REFERENCES}": (root_folder() / REFERENCES).read_bytes()} | files


class TestCatalogue:
    @pytest.fixture
    def small(self) -> dict[str, bytes]:
        return {"a.yaml": b'x: {value: 1e-3, range: [.inf, 0.1]}\n"1": [yes, ~, "\xc2\xb5"]\n'}

    def test_a_shipped_species_reads_the_same_from_the_cache_to_the_last_bit(self, monkeypatch):
        files = shipped("mouse")
        catalogue_kept.kept_reader("mouse", files)
        monkeypatch.setattr(catalogue_kept, "read_part", None)  # nothing is parsed from here on
        read = catalogue_kept.kept_reader("mouse", files)
        for place, raw in files.items():
            assert repr(read(raw, place)) == repr(read_part(raw, place))

    def test_every_kind_of_entry_comes_back(self, small, monkeypatch):
        first = catalogue_kept.kept_reader("own", small)(small["a.yaml"], "a.yaml")
        monkeypatch.setattr(catalogue_kept, "read_part", None)
        again = catalogue_kept.kept_reader("own", small)(small["a.yaml"], "a.yaml")
        assert repr(again) == repr(first)
        assert again.where(("x", "range", 1)) == first.where(("x", "range", 1))

    def test_an_edited_file_is_read_anew(self, small):
        catalogue_kept.kept_reader("own", small)
        edited = {"a.yaml": small["a.yaml"].replace(b"1e-3", b"2e-3")}
        read = catalogue_kept.kept_reader("own", edited)
        assert read(edited["a.yaml"], "a.yaml").data["x"]["value"] == 2e-3
        assert read(small["a.yaml"], "a.yaml").data["x"]["value"] == 1e-3  # a file of the place, but of other content

    def test_another_reader_reads_anew(self, small, monkeypatch):
        catalogue_kept.kept_reader("own", small)
        monkeypatch.setattr(catalogue_kept.sources, "digest", lambda files: "another source")
        read = []
        monkeypatch.setattr(catalogue_kept, "read_part", lambda raw, place: read.append(place) or read_part(raw, place))
        catalogue_kept.kept_reader("own", small)
        assert read == ["a.yaml"]

    def test_a_damaged_cache_gives_the_catalogue_all_the_same(self, own_cache):
        fresh = catalogue._load.__wrapped__("rat", None, None)
        (own_cache / "catalogue-rat.json").write_text("x")
        damaged = catalogue._load.__wrapped__("rat", None, None)
        kept = catalogue._load.__wrapped__("rat", None, None)
        assert fresh == damaged == kept
