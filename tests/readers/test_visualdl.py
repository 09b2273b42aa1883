from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers import choose
from lrdoctor.resources import folder

FOLDER = folder("sample_logs") / "formats" / "visualdl" / "visualdl_records"
(GOOD,) = FOLDER.glob("good/*.log")
NAME = GOOD.name


def test_untrusted_length_is_passed_over_not_awaited_in_memory(read):
    data = GOOD.read_bytes()
    run = read(NAME, data + (1 << 60).to_bytes(8, "little") + b"x" * 100)
    assert len(run.tags["loss/train"]) == 60
    at = len(data)
    assert run.faults[0] == (None, f"record at byte {at}: of {1 << 60} bytes, passed over")


def test_record_that_is_no_message_is_told(read):
    data = GOOD.read_bytes()
    run = read(NAME, data + (3).to_bytes(8, "little") + b"\x0a\x7fx" + data)
    assert run.faults == [
        (None, f"record at byte {len(data)}: no message (a field runs past its end), passed over")
    ]


def test_other_file_of_that_name_is_no_log():
    assert choose(PurePath(NAME), b"no record\n" * 20) is None
