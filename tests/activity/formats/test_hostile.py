"""Files that are damaged, cut short or made to harm: each ends in a sentence, soon and in little memory."""

import gzip
import io
import json
import random
import sqlite3
import zipfile

import look_alikes
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from look_alikes import crlf
from understood import read

from neurogen_abm.activity.recordings.formats import json_file, markup, registry
from neurogen_abm.activity.recordings.formats import source as source_module
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.series import RecordingError

FILES = {made.__name__: made().content for made in look_alikes.MADE}


def refused(file: Source) -> RecordingError:
    """Return the error of a file that has to be refused."""
    with pytest.raises(RecordingError) as caught:
        read(file)
    assert caught.value.what.endswith(".")
    assert caught.value.cure
    return caught.value


def ends_well(file: Source) -> None:
    """Read a file; it may be read, unknown or refused with a cure, and nothing else may happen."""
    found = outcome(file)
    assert found is None or isinstance(found, Recording) or found.cure


def outcome(file: Source, columns: dict[str, str] | None = None) -> Recording | RecordingError | None:
    """Return what comes of a file: a recording, an error, or None where nobody knows it."""
    try:
        return registry.read(file, columns)
    except RecordingError as fault:
        return fault


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
LAUGHS = f'<!DOCTYPE gpx [<!ENTITY e0 "ha">{BOMB}]>'
OUTSIDE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


class TestXml:
    @pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE], ids=["billion laughs", "external entity"])
    @pytest.mark.parametrize("made", ["gpx", "tcx", "motionwatch"])
    def test_entities_are_refused(self, source, made, doctype):
        text = FILES[made].decode("utf-8-sig")
        head, close, rest = text.partition("?>")
        body = rest.replace("running", "&e8;").replace("Running", "&e8;")
        assert refused(source((head + close + doctype + body).encode())).code == "unsafe-recording"

    def test_entities_of_a_health_export_are_refused(self, source):
        text = look_alikes.HEALTH.format(records="").replace(
            "<!ELEMENT HealthData", '<!ENTITY a "b"><!ELEMENT HealthData'
        )
        assert refused(source(text.encode())).code == "unsafe-recording"

    def test_depth_is_bounded(self, source):
        assert "deep" in refused(source(b"<gpx>" + b"<a>" * 100_000)).what

    def test_a_file_cut_short(self, source):
        for made in ("gpx", "tcx", "motionwatch"):
            assert "cut short" in refused(source(FILES[made][:-40])).what


class TestPacked:
    def test_a_gzip_bomb_stops_at_the_limit(self, source, monkeypatch):
        monkeypatch.setattr(source_module, "LARGEST_FILE", 1_000_000)
        line = b"2014-05-07 13:29:50.439000+0100 [Europe/London],12.5,1.5\n"
        packed = gzip.compress(b"time,acc,MET\n" + line * 100_000)
        assert refused(source(packed)).code == "large-recording"

    @pytest.mark.parametrize(
        "content",
        [gzip.compress(b"time,acc,MET\n" * 9, mtime=0)[:-9], b"\x1f\x8bnonsense" * 9],
        ids=["cut", "nonsense"],
    )
    def test_a_damaged_gzip(self, source, content):
        with pytest.raises(RecordingError, match="gzip is damaged"):
            registry.read(source(content))

    def zipped(self, content: bytes, name: str = "apple_health_export/export.xml") -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, content)
        return packed.getvalue()

    def test_a_zip_packed_beyond_belief(self, source):
        assert "would unpack" in refused(source(self.zipped(b" " * 30_000_000))).what

    def test_a_zip_that_lies_about_its_size(self, source, monkeypatch):
        monkeypatch.setattr(markup, "LARGEST_MEMBER", 100_000)
        monkeypatch.setattr(markup, "LARGEST_RATIO", 1e9)
        assert "would unpack" in refused(source(self.zipped(b"<HealthData>" + b" " * 200_000))).what

    def test_a_damaged_zip(self, source):
        packed = FILES["apple_health"]
        assert refused(source(packed[: len(packed) // 2])).code in ("unreadable-recording", "unknown-format")

    def test_a_zip_of_something_else(self, source):
        for name, word in (("xl/workbook.xml", "Excel"), ("log.bin", "GT3X"), ("a.txt", "no export of Apple Health")):
            assert word in refused(source(self.zipped(b"x", name))).what


class TestSqlite:
    def base(self, source, *statements: str) -> Source:
        file = source(b"")
        with sqlite3.connect(file.path) as base:
            for statement in statements:
                base.execute(statement)
        base.close()
        return Source(file.path)

    def test_another_database(self, source):
        assert "not one of ActiLife" in refused(self.base(source, "CREATE TABLE a (b)")).what

    def test_a_view_is_not_run(self, source):
        endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
        view = f"CREATE VIEW data AS {endless} SELECT x AS dataTimestamp, x AS axis1 FROM c"
        file = self.base(source, "CREATE TABLE settings (settingName, settingValue)", view)
        assert "not one of ActiLife" in refused(file).what

    def test_words_where_counts_belong(self, source):
        file = self.base(
            source,
            "CREATE TABLE settings (settingName, settingValue)",
            "INSERT INTO settings VALUES ('epochlength', '60')",
            "CREATE TABLE data (dataTimestamp, axis1)",
            "INSERT INTO data VALUES (636909372000000000, 'many')",
        )
        assert refused(file).code == "unreadable-recording"

    def test_a_file_cut_short(self, source):
        assert refused(source(FILES["actigraph_agd"][:5000])).code == "unreadable-recording"

    def test_the_file_is_not_written(self, source):
        file = source(FILES["actigraph_agd"])
        file.path.chmod(0o444)
        read(file)
        assert file.path.read_bytes() == FILES["actigraph_agd"]
        assert [path.name for path in file.path.parent.iterdir()] == ["recording"]


class TestText:
    def test_a_line_without_an_end(self, source):
        assert "no end" in refused(source(FILES["fitabase"] + b"1," * 100_000)).what

    def test_a_file_that_is_too_large(self, source, monkeypatch):
        monkeypatch.setattr(source_module, "LARGEST_FILE", 50)
        with pytest.raises(RecordingError) as caught:
            source(FILES["awd"])
        assert caught.value.code == "large-recording"

    def test_a_row_cut_short(self, source):
        fault = refused(source(FILES["fitabase"][:-20]))
        assert fault.where == "recording:7"

    def test_json_that_is_nested_too_deeply(self, source):
        assert "nested" in refused(source(b'[{"dateTime": "value" ,"value":' + b"[" * 200_000)).what

    def test_json_that_is_too_large(self, source, monkeypatch):
        monkeypatch.setattr(json_file, "LARGEST_JSON", 10)
        monkeypatch.setattr(json_file.load, "__defaults__", None)
        assert refused(source(FILES["oura"])).code == "large-recording"

    @pytest.mark.parametrize("value", [-1, "x", None, True, 1e400])
    def test_json_that_holds_no_number(self, source, value):
        day = {"met": {"interval": 60.0, "items": [1.0, value], "timestamp": "2021-11-26T04:00:00"}}
        if value is None:
            assert read(source(json.dumps({"data": [day]}).encode())).quantity == "met"
        else:
            assert "not a number" in refused(source(json.dumps({"data": [day]}).encode())).what

    def test_headers_without_samples(self, source):
        for content in (
            crlf("Id,ActivityMinute,METs"),
            crlf("time,acc,MET"),
            crlf("Time,Mean SVM (g)"),
            b'{"data": []}',
            b'<gpx creator="x"></gpx>',
            look_alikes.health(),
        ):
            found = outcome(source(content))
            assert found is None or (isinstance(found, RecordingError) and found.cure)

    def test_a_fit_file_cut_short_or_changed(self, source):
        content = FILES["fit"]
        assert "FIT file is damaged" in refused(source(content[:-30])).what
        changed = content[:100] + bytes([content[100] ^ 255]) + content[101:]
        assert "FIT file is damaged" in refused(source(changed)).what


@pytest.mark.parametrize("made", FILES)
def test_no_cut_or_slip_of_a_byte_ends_in_anything_but_a_sentence(source, made):
    content, chance = FILES[made], random.Random(7)
    for _ in range(25):
        ends_well(source(content[: chance.randrange(len(content))]))
        place, what = chance.randrange(len(content)), chance.choice([0, 10, 34, 44, 45, 60, 128, 255])
        ends_well(source(content[:place] + bytes([what]) + content[place + 1 :]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_end_well(source, content):
    ends_well(source(content))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(alphabet='0123456789.,;:-/"TZ apmé\t', max_size=20), max_size=5), max_size=6))
def test_any_table_under_named_columns_ends_well(source, rows):
    content = "\n".join(["when;turns;light", *(";".join(row) for row in rows)]).encode()
    found = outcome(source(content), {"time": "when", "wheel": "turns", "light": "light"})
    assert isinstance(found, Recording) or (isinstance(found, RecordingError) and found.cure)
