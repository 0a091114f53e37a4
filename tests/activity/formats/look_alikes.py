"""Small files of every format, byte for byte as devices and programs write them, and what is in them.

None is a copy of a file of somebody: headers, separators, line ends and number formats are those of the sources named
in README.md beside this file, the numbers are made up so that totals can be added by hand.
"""

import gzip
import io
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

COUNTS = (0, 5, 10, 0, 25, 60)  # 100 in all


class Known(NamedTuple):
    """A file, the reader that has to recognise it, and what it holds."""

    name: str  # of the file; readers must not look at it
    content: bytes
    reader: str  # module
    quantity: str
    start: str  # clock time of the first sample
    values: tuple[float, ...]  # of the first track
    seconds: float  # from the first sample to the second, or the length of the first
    tracks: tuple[str | None, ...] = (None,)


def minutes(first: str, count: int, form: str, step_s: float = 60.0) -> list[str]:
    """Return times as text."""
    start = datetime.fromisoformat(first)
    return [(start + timedelta(seconds=step_s * n)).strftime(form) for n in range(count)]


def crlf(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def awd() -> Known:
    samples = [f"{value} , 0,00{' M' if value == 5 else ''}" for value in COUNTS]
    content = crlf("subject 7", "01-Oct-2009", "17:00", " 4 ", "0", "D012345", "M", *samples)
    return Known("a.AWD", content, "awd", "activity_counts", "2009-10-01T17:00", COUNTS, 60, ("subject 7",))


def clocklab_text() -> Known:
    content = crlf("wild 3", "21-nov-2000", "00:00", "24", "0", "9wild", "M", "253", "-1", "295,1", "0")
    values = (253, float("nan"), 295, 0)
    return Known("b.AWD", content, "awd", "wheel_counts", "2000-11-21T00:00", values, 360, ("wild 3",))


def clocklab_binary() -> Known:
    records = b""
    for hour in range(2):
        counts = bytes([hour * 60 + n if (hour, n) != (0, 3) else 255 for n in range(60)])
        light = bytes([60] * 60 if hour else [0] * 60)
        name, date = b"mouse 12".ljust(20), b"10/15/2009"
        records += struct.pack(">I20sI10sIBB", 20, name, 10, date, 0xC6FD67C5, 17 + hour, 0x17)
        records += struct.pack(">I60sI60s", 60, counts, 60, light)
    content = struct.pack(">I", 4 + len(records)) + records + b"\0" * 500
    values = tuple(float("nan") if n == 3 else n for n in range(120))
    return Known("channel", content, "clocklab_binary", "wheel_counts", "2009-10-15T17:00", values, 60, ("mouse 12",))


def clocklab_table() -> Known:
    """Two-minute bins of counts a minute: 2.5 a minute are 5."""
    rows = [f"4,23,{56 + 2 * n},{value / 2},{n % 2}" for n, value in enumerate(COUNTS[:2])]
    rows += [f"5,0,{2 * n},{value / 2},0" for n, value in enumerate(COUNTS[2:])]
    rows[1] = rows[1].replace("4,23,58", "4,23,58")
    content = crlf("Channel 3", "mouse 3", "18-Jun-2021", "Day,Hr,Min,Cnts/min,Lights", *rows)
    return Known("c.csv", content, "clocklab_table", "wheel_counts", "2021-06-18T23:56", COUNTS, 120, ("Channel 3",))


def clocklab_actogram() -> Known:
    heads = ("Filename,101A,", "Start Day,4  18-06-21,", "End Day,5  19-06-21,", "Start Hr,0.00,", "Tau,24.00,")
    days = ("Bin (mn),480.00,", " ,,", "Min / Day,4.000000,5.000000,6.000000")
    content = crlf(*heads, *days, "480.00,0.00,0.00,0.00", "960.00,5.00,25.00,0.00", "1440.00,10.00,60.00,0.00")
    return Known("d.csv", content, "clocklab_actogram", "wheel_counts", "2021-06-18T00:00", COUNTS, 28800, ("101A",))


def actiware(language: str = "fr") -> Known:
    words = {
        "fr": ("Fichier d'exportation Actiware (Version 05.00)", "Identité", "Type d'Actiwatch", "Ligne", "Date",
               "Heure", "Activité", "Lumière blanche", "%d/%m/%Y", ",", "279,17"),
        "de": ("Actiware-Exportdatei (Version 05.00)", "Identität", "Actiwatch-Typ", "Zeile", "Datum", "Zeit",
               "Aktivität", "Weißes Licht", "%d.%m.%Y", ";", "279,17"),
        "en": ("Actiware Export File (Version 06.00)", "Identity", "Actiwatch Type", "Line", "Date", "Time",
               "Activity", "White Light", "%m/%d/%Y", ",", "279.17"),
        "nl": ("Actiware-exportbestand (versie 05.00)", "Identiteit", "Type Actiwatch", "Lijn", "Datum", "Tijd",
               "Activiteit", "Wit licht", "%d-%m-%Y", ",", "279.17"),
    }[language]  # fmt: skip
    first, who, kind, line, date, time, activity, light, form, sign, lux = words
    days = minutes("2015-02-04T23:57", 6, form)
    clock = minutes("2015-02-04T23:57", 6, "%H:%M:%S")
    quote = lambda *cells: sign.join(f'"{cell}"' for cell in cells) + sign  # noqa: E731
    rows = [quote(n + 1, 60 * n, days[n], clock[n], value, "0", lux) for n, value in enumerate(COUNTS)]
    text = [
        quote(first), "", quote(f"{who} :", "P33"), quote(f"{kind} :", "Actiwatch 2"), "", '"--- marks ---"', "",
        quote(line, date, time), "", '"--- samples ---"', "", quote(f"{line}:", "number of the line"), "",
        quote(line, "s", date, time, activity, "M", light), "", *rows,
    ]  # fmt: skip
    content = "".join(f"{row}\r\r\n" for row in text).encode()
    return Known("e.csv", content, "actiware", "activity_counts", "2015-02-04T23:57", COUNTS, 60, ("P33",))


def motionwatch() -> Known:
    change = '  <change user="IEUser" time="2018-05-24 10:49:07">\r\n    '
    said = {"+UserID": "S1", "=Device": "MW8", "=SerialNo": "007565", "=StartTime": "2018-05-23 17:30:00"}
    properties = "".join(
        f"{change}<property><name>{key}</name><content>{value}</content></property></change>\r\n"
        for key, value in said.items()
    )
    numbers = ",".join(map(str, COUNTS)) + ","
    channels = "".join(
        f"{change}<channel><name>{name}</name><units>{units}</units><epoch>60</epoch><offset>0</offset>"
        f'<data encoding="text">{data}</data></channel></change>\r\n'
        for name, units, data in (("motion", "Triaxial-Counts", numbers), ("Light", "uW/cm2", "1.5,2,0,0,0,0,"))
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><motionfile><log2 major="2" minor="1">\r\n'
        f"{properties}{channels}</log2></motionfile>"
    )
    return Known(
        "f.mtn",
        b"\xef\xbb\xbf" + text.encode(),
        "motionwatch",
        "activity_counts",
        "2018-05-23T17:30",
        COUNTS,
        60,
        ("S1",),
    )


def acttrust() -> Known:
    times = minutes("1998-01-31T23:58", 6, "%d/%m/%Y %H:%M:%S")
    rows = [
        f"{time};0;0;29.38;28.19;0;{value};30.85;109;1.8;41;0.68;384.44"
        for time, value in zip(times, COUNTS, strict=True)
    ]
    content = crlf(
        "+-------------+ Condor Instruments Report +-------------+", "SUBJECT_NAME : T1", "DEVICE_MODEL : ActTrust1",
        "INTERVAL : 60", "+-------------------------------------------------------+",
        "DATE/TIME;MS;EVENT;TEMPERATURE;EXT TEMPERATURE;ORIENTATION;PIM;PIMn;TAT;TATn;ZCM;ZCMn;LIGHT", *rows,
    )  # fmt: skip
    return Known("g.txt", content, "acttrust", "activity_counts", "1998-01-31T23:58", COUNTS, 60, ("T1",))


def actigraph_csv() -> Known:
    head = [
        "------------ Data File Created By ActiGraph wGT3XPlus ActiLife v6.10.2 Firmware v2.2.1 date format M/d/yyyy "
        "Filter Normal -----------,,,",
        "Serial Number: CLE2A2123456,,,", "Start Time 09:00:00,,,", "Start Date 8/7/2013,,,",
        "Epoch Period (hh:mm:ss) 00:00:15,,,", "Download Time 12:54:04,,,", "Download Date 9/3/2013,,,",
        "Current Memory Address: 0,,,", "Current Battery Voltage: 4.03     Mode = 13,,,",
        "--------------------------------------------------,,,",
    ]  # fmt: skip
    content = crlf(*head, *(f"{value},1,2,3" for value in COUNTS))
    return Known("h.csv", content, "actigraph_csv", "activity_counts", "2013-08-07T09:00", COUNTS, 15)


def actigraph_agd() -> Known:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        with sqlite3.connect(path) as base:
            base.execute(
                "CREATE TABLE settings (settingID INTEGER, settingName VARCHAR(64), settingValue VARCHAR(8192))"
            )
            base.execute("CREATE TABLE data (dataTimestamp INTEGER, axis1 REAL, axis2 REAL, lux REAL)")
            said = {"devicename": "wGT3XBT", "epochlength": "10", "startdatetime": "636909372000000000"}
            base.executemany("INSERT INTO settings VALUES (1, ?, ?)", said.items())
            rows = [(636909372000000000 + 100_000_000 * n, value, 1.0, 0.0) for n, value in enumerate(COUNTS)]
            base.executemany("INSERT INTO data VALUES (?, ?, ?, ?)", rows)
        base.close()
        content = path.read_bytes()
    return Known("i.agd", content, "actigraph_agd", "activity_counts", "2019-04-15T15:00", COUNTS, 10)


def geneactiv() -> Known:
    """Times are those at which epochs end."""
    head = ["Device Type,GENEActiv", "Device Model,1.1", "Device Unique Serial Code,012345"]
    head += [f"Line,{n}" for n in range(len(head) + 1, 101)]
    ends = minutes("2011-06-22T10:01", 6, "%Y-%m-%d %H:%M:%S:000")
    rows = [f"{end},0.1,0.2,0.9,12,0,25.3,{value},0.01,0.01,0.01,20" for end, value in zip(ends, COUNTS, strict=True)]
    return Known("j.csv", crlf(*head, *rows), "geneactiv", "activity_counts", "2011-06-22T10:00", COUNTS, 60)


def omgui() -> Known:
    times = minutes("2014-05-07T13:29", 6, "%Y-%m-%d %H:%M:%S")
    rows = [f"{time},{value / 1000}" for time, value in zip(times, COUNTS, strict=True)]
    return Known("k.csv", crlf("Time,Mean SVM (g)", *rows), "omgui", "acceleration_mg", "2014-05-07T13:29", COUNTS, 60)


def accelerometer_tool() -> Known:
    times = minutes("2014-05-07T13:29:50", 6, "%Y-%m-%d %H:%M:%S.439000+0100 [Europe/London]", 30)
    rows = [f"{time},12.5,0.0,1.0,{1 + value / 10}" for time, value in zip(times, COUNTS, strict=True)]
    content = gzip.compress("\n".join(["time,acc,sleep,sedentary,MET", *rows, ""]).encode(), mtime=0)
    values = tuple(1 + value / 10 for value in COUNTS)
    return Known("l.csv.gz", content, "accelerometer_tool", "met", "2014-05-07T13:29:50.439", values, 30)


def activpal() -> Known:
    """Half an hour of sitting at 1.25 METs, a minute of standing at 1.4, ten seconds of stepping at 4."""
    head = (
        '"Time","DataCount (samples)","Interval (s)","ActivityCode (0=sedentary 1=standing 2=stepping)",'
        '"CumulativeStepCount","Activity Score (MET.h)","Sum(Abs(DiffX)"'
    )
    rows = (
        "43428.3750000000,0,1800.0,0,0,0.625,6319",
        "43428.3958333333,18000,60.0,1,0,0.0233333333333333,5120",
        "43428.3965277778,18600,10.0,2,8,0.0111111111111111,1037",
    )
    return Known("m.csv", crlf(head, *rows), "activpal", "met", "2018-11-24T09:00", (1.25, 1.4, 4.0), 1800)


def vitalview() -> Known:
    times = minutes("2017-08-21T10:01", 6, "%-m/%-d/%y %H:%M")
    rows = [f"{time},{value},{2 * value}" for time, value in zip(times, COUNTS, strict=True)]
    heads = ("Channel Name:,T1448,T1470", "Channel Group:,wild,10 ^11", "Sensor Type:,0,0")
    return Known(
        "n.csv", crlf(*heads, *rows), "vitalview", "wheel_counts", "2017-08-21T10:01", COUNTS, 60, ("T1448", "T1470")
    )


def vitalview_logfile() -> Known:
    days, clock = minutes("2014-05-09T23:58", 6, "%m/%d/%y"), minutes("2014-05-09T23:58", 6, "%H:%M:%S")
    rows = [f"{d},{t},{v},{d},{t},{2 * v}" for d, t, v in zip(days, clock, COUNTS, strict=True)]
    heads = (
        "Experiment Logfile: C:\\VV\\one.log 05/09/14",
        "Two mice",
        "Date,Time,M 1 Turns Data,Date,Time,M 2 Turns Data",
    )
    return Known(
        "o.asc", crlf(*heads, *rows), "vitalview", "wheel_counts", "2014-05-09T23:58", COUNTS, 60, ("M 1", "M 2")
    )


def vitalview_one() -> Known:
    days, clock = minutes("2022-06-15T08:00", 6, "%m/%d/%y"), minutes("2022-06-15T08:00", 6, "%H:%M:%S")
    rows = [f"{d},{t},{v},50" for d, t, v in zip(days, clock, COUNTS, strict=True)]
    heads = (
        "Experiment Logfile: control DD", "Experiment Description: activity", "", "Start Date/Time 06/15/22 08:00:00",
        "End Date/Time 06/15/22 08:06:00", "", "Animal ID: 1", "Group ID: A", "Units Measured: Counts",
        "Sampling Interval: 60", "Low Clipping Limit: 0", "High Clipping Limit: 999", "", "", "",
    )  # fmt: skip
    values = tuple(value + 0.5 for value in COUNTS)
    return Known("p.asc", crlf(*heads, *rows), "vitalview", "activity_counts", "2022-06-15T08:00", values, 60, ("1",))


def wraq() -> Known:
    """A row holds the turns since the row before."""
    times = minutes("2021-04-28T15:00:44", 6, "%Y-%m-%d %H:%M:%S", 4)
    turns = (0, 5, 10, 0, 15, 6)
    rows = [f"{time},{value},3719" for time, value in zip(times, turns, strict=True)]
    return Known("q.CSV", crlf(*rows), "wraq", "wheel_counts", "2021-04-28T15:00:40", turns, 4)


def wraq_wifi() -> Known:
    times = minutes("2021-04-28T15:00:46", 6, "%Y-%m-%dT%H:%M:%S.000Z", 64)
    rows = [f"{time},{value},3719,,,,,," for time, value in zip(times, COUNTS, strict=True)]
    content = "\ufeff".encode() + crlf("created,,,,,,,,", *rows)
    return Known("r.csv", content, "wraq", "wheel_counts", "2021-04-28T14:59:42", COUNTS, 64)


def promethion() -> Known:
    times = minutes("2020-03-14T18:00", 6, "%m/%d/%Y %H:%M:%S", 300)
    rows = [f"{time},1.1,{value / 10},{value / 5}" for time, value in zip(times, COUNTS, strict=True)]
    content = crlf("Date_Time_1,VO2_1,WheelMeters_1,WheelMeters_2", *rows)
    values = tuple(value / 10 for value in COUNTS)
    return Known("s.csv", content, "calorimetry", "distance_m", "2020-03-14T18:00", values, 300, ("1", "2"))


def promethion_long() -> Known:
    times = minutes("2020-03-14T18:00", 6, "%Y-%m-%d %H:%M:%S", 300)
    rows = [f"{animal},{time},{value / 10}" for animal in (7, 8) for time, value in zip(times, COUNTS, strict=True)]
    content = crlf("Animal,DateTime,WheelMeters_M", *rows)
    values = tuple(value / 10 for value in COUNTS)
    return Known("t.csv", content, "calorimetry", "distance_m", "2020-03-14T18:00", values, 300, ("7", "8"))


def fitabase() -> Known:
    times = minutes("2016-04-12T00:00", 6, "%-m/%-d/%Y %-I:%M:%S %p")
    rows = [f"1503960366,{time},{10 + value}" for time, value in zip(times, COUNTS, strict=True)]
    values = tuple(1 + value / 10 for value in COUNTS)
    content = crlf("Id,ActivityMinute,METs", *rows)
    return Known("u.csv", content, "fitabase", "met", "2016-04-12T00:00", values, 60, ("1503960366",))


def fitabase_wide() -> Known:
    header = "Id,ActivityHour," + ",".join(f"MET{n:02d}" for n in range(60))
    row = "1503960366,4/13/2016 1:00:00 PM," + ",".join(str(10 + n) for n in range(60))
    values = tuple(1 + n / 10 for n in range(60))
    return Known("v.csv", crlf(header, row), "fitabase", "met", "2016-04-13T13:00", values, 60, ("1503960366",))


def fitbit_heart() -> Known:
    times = minutes("1995-06-24T16:00:10", 4, "%m/%d/%y %H:%M:%S", 5)
    beats = (70, 68, 69, 75)
    records = [{"dateTime": t, "value": {"bpm": b, "confidence": 0}} for t, b in zip(times, beats, strict=True)]
    content = json.dumps(records, indent=2).encode()
    return Known("w.json", content, "fitbit", "heart_rate", "1995-06-24T16:00:10", beats, 5)


def fitbit_mets() -> Known:
    data = [{"level": 0, "mets": 10 + v, "time": f"00:0{n}:00", "value": 1.1} for n, v in enumerate(COUNTS)]
    content = json.dumps(
        {
            "activities-calories": [{"dateTime": "2024-03-01", "value": "2010"}],
            "activities-calories-intraday": {"dataset": data},
        }
    )
    values = tuple(1 + value / 10 for value in COUNTS)
    return Known("x.json", content.encode(), "fitbit", "met", "2024-03-01T00:00", values, 60)


def oura() -> Known:
    items = [1.2, 0.1, 0.9, 3.5]
    met = {"interval": 60.0, "items": items, "timestamp": "2021-11-26T04:00:00.000-08:00"}
    content = json.dumps({"data": [{"day": "2021-11-26", "met": met}], "next_token": None}).encode()
    values = (1.2, float("nan"), 0.9, 3.5)
    return Known("y.json", content, "oura", "met", "2021-11-26T04:00", values, 60)


def oura_first() -> Known:
    day = {"average_met": 1.4, "day_start": "2015-12-22T04:00:00+02:00", "met_1min": [1.2, 1.1, 0.9]}
    content = json.dumps({"activity": [day]}).encode()
    return Known("z.json", content, "oura", "met", "2015-12-22T04:00", (1.2, 1.1, 0.9), 60)


GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx creator="Garmin Connect" version="1.1" xmlns="http://www.topografix.com/GPX/1/1"
 xmlns:ns3="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">
 <metadata><time>2024-05-01T06:00:00.000Z</time></metadata>
 <trk><name>Morning run</name><type>running</type><trkseg>
{points} </trkseg></trk>
</gpx>
"""
POINT = """  <trkpt lat="{lat}" lon="9.1234567"><ele>245.2</ele><time>{time}</time>
   <extensions><ns3:TrackPointExtension><ns3:hr>{beats}</ns3:hr></ns3:TrackPointExtension></extensions></trkpt>
"""


def gpx() -> Known:
    """A thousandth of a degree of latitude is 111.195 m; one each 30 s."""
    times = minutes("2024-05-01T06:00", 4, "%Y-%m-%dT%H:%M:%S.000Z", 30)
    points = "".join(POINT.format(lat=48.7654321 + 0.001 * n, time=t, beats=140 + n) for n, t in enumerate(times))
    content = GPX.format(points=points).encode()
    return Known("run.gpx", content, "gpx", "distance_m", "2024-05-01T06:00", (111.195, 111.195, 111.195), 30)


def tcx(sport: str = "Running") -> Known:
    """Three times 100 m in 30 s."""
    times = minutes("2024-05-01T06:00", 4, "%Y-%m-%dT%H:%M:%S.000Z", 30)
    points = "".join(
        f"<Trackpoint><Time>{time}</Time><Position><LatitudeDegrees>48.7654321</LatitudeDegrees><LongitudeDegrees>9.1234567"
        f"</LongitudeDegrees></Position><DistanceMeters>{100.0 * n}</DistanceMeters><HeartRateBpm><Value>{140 + n}"
        "</Value></HeartRateBpm></Trackpoint>"
        for n, time in enumerate(times)
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/'
        f'TrainingCenterDatabase/v2"><Activities><Activity Sport="{sport}"><Id>{times[0]}</Id>'
        f'<Lap StartTime="{times[0]}">'
        f"<TotalTimeSeconds>90</TotalTimeSeconds><DistanceMeters>300</DistanceMeters><Track>{points}</Track></Lap>"
        "<Creator><Name>Forerunner 945</Name></Creator></Activity></Activities></TrainingCenterDatabase>"
    )
    return Known("run.tcx", text.encode(), "tcx", "distance_m", "2024-05-01T06:00", (100.0, 100.0, 100.0), 30)


def fit_crc(data: bytes) -> int:
    """Return the checksum of FIT files (CRC-16, polynomial A001)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)


def fit_message(number: int, fields: list[tuple[int, int, int]], rows: list[tuple[str, tuple[int, ...]]]) -> bytes:
    """Return the definition of a message and its data: fields are (number, size, base type)."""
    out = struct.pack("<BBBHB", 0x40, 0, 0, number, len(fields)) + b"".join(bytes(field) for field in fields)
    return out + b"".join(b"\0" + struct.pack("<" + form, *row) for form, row in rows)


def fit(sport: int = 1, ahead_s: int = 7200, distance: bool = True) -> Known:
    """Three times 100 m in 30 s, on a watch two hours ahead of UTC; sport 1 is running, 2 cycling."""
    begin = int((datetime(2024, 5, 1, 6, tzinfo=UTC) - FIT_EPOCH).total_seconds())
    kind = fit_message(0, [(0, 1, 0), (1, 2, 132), (4, 4, 134)], [("BHI", (4, 1, begin))])
    place = (round(48.7654321 * 2**31 / 180), round(9.1234567 * 2**31 / 180))
    fields = [(253, 4, 134), (0, 4, 133), (1, 4, 133), (3, 1, 2)] + [(5, 4, 134)] * distance
    rows = []
    for n in range(4):
        row = (begin + 30 * n, *place, 140 + n, *((10_000 * n,) * distance))
        rows.append(("IiiB" + "I" * distance, row))
    session = fit_message(18, [(253, 4, 134), (5, 1, 0)], [("IB", (begin + 90, sport))])
    activity = fit_message(34, [(253, 4, 134), (5, 4, 134)], [("II", (begin + 90, begin + 90 + ahead_s))])
    data = kind + fit_message(20, fields, rows) + session + activity
    header = struct.pack("<BBHI4s", 14, 0x20, 2132, len(data), b".FIT")
    whole = header + struct.pack("<H", fit_crc(header)) + data
    content = whole + struct.pack("<H", fit_crc(whole))
    on_foot = distance and sport == 1
    values = (100.0, 100.0, 100.0) if on_foot else (140.0, 141.0, 142.0)
    quantity = "distance_m" if on_foot else "heart_rate"
    return Known("run.fit", content, "fit", quantity, "2024-05-01T08:00", values, 30)


HEALTH = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
<!ELEMENT Record ((MetadataEntry|HeartRateVariabilityMetadataList)*)>
<!ATTLIST Record type CDATA #REQUIRED sourceName CDATA #REQUIRED>
]>
<HealthData locale="de_DE">
 <ExportDate value="2024-05-02 08:00:00 +0200"/>
{records}</HealthData>
"""


def health_record(kind: str, source: str, unit: str, start: str, end: str, value: float) -> str:
    return (
        f' <Record type="HKQuantityTypeIdentifier{kind}" sourceName="{source}" unit="{unit}" '
        f'creationDate="{end} +0200" startDate="{start} +0200" endDate="{end} +0200" value="{value}"/>\n'
    )


def health(*records: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("apple_health_export/export.xml", HEALTH.format(records="".join(records)))
        zipped.writestr("apple_health_export/workout-routes/route.gpx", "<gpx/>")
    return packed.getvalue()


def apple_health() -> Known:
    """A kilometre in ten minutes, then half of one in five, on the watch; the phone has measured the same."""
    walk = [("2024-05-01 07:00:00", "2024-05-01 07:10:00", 1.0), ("2024-05-01 07:10:00", "2024-05-01 07:15:00", 0.5)]
    records = [health_record("DistanceWalkingRunning", "Watch", "km", *part) for part in walk]
    records += [
        health_record("DistanceWalkingRunning", "Phone", "km", "2024-05-01 07:00:00", "2024-05-01 07:15:00", 1.4)
    ]
    values = (1000.0, 500.0)
    return Known("export.zip", health(*records), "apple_health", "distance_m", "2024-05-01T07:00", values, 600)


MADE: tuple[Callable[[], Known], ...] = (
    awd, clocklab_text, clocklab_binary, clocklab_table, clocklab_actogram, actiware, motionwatch, acttrust,
    actigraph_csv, actigraph_agd, geneactiv, omgui, accelerometer_tool, activpal, vitalview, vitalview_logfile,
    vitalview_one, wraq, wraq_wifi, promethion, promethion_long, fitabase, fitabase_wide, fitbit_heart, fitbit_mets,
    oura, oura_first, gpx, tcx, fit, apple_health,
)  # fmt: skip
