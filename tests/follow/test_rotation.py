"""Which files make one log, and in which order."""

from __future__ import annotations

from lrdoctor.follow import rotation


def logs(*names: str) -> dict[str, list[str]]:
    return dict(rotation.logs(names))


def test_parts_are_read_from_the_oldest() -> None:
    parts = ["t.log", "t.log.1", "t.log.10.gz", "t.log.2.xz", "t.log-20260102", "t.log-20260101.gz"]
    assert logs(*parts) == {
        "t.log": ["t.log-20260101.gz", "t.log-20260102", "t.log.10.gz", "t.log.2.xz", "t.log.1",
                  "t.log"],
    }  # fmt: skip


def test_part_that_is_being_packed_counts_once() -> None:
    assert logs("t.log", "t.log.1", "t.log.1.gz") == {"t.log": ["t.log.1", "t.log"]}
    assert logs("m.csv", "m.csv.gz") == {"m.csv": ["m.csv"]}
    assert logs("m.csv.gz") == {"m.csv": ["m.csv.gz"]}


def test_files_of_several_processes_are_logs_of_their_own() -> None:
    assert logs("t.log.1", "t.log.2") == {"t.log.1": ["t.log.1"], "t.log.2": ["t.log.2"]}
    assert len(logs("t.log", "t.log.0", "t.log.1")) == 3


def test_other_numbers_at_the_end_are_part_of_the_name() -> None:
    names = ["lr-0.1", "lr-0.2", "v1.2", "loss", "2024.csv", "2025.csv"]
    assert logs(*names) == {name: [name] for name in names}
