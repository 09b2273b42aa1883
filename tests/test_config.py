from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lrdoctor import config
from lrdoctor.config import Config, load
from lrdoctor.diagnosis import Finding
from lrdoctor.errors import ConfigError
from lrdoctor.rules import Rule, rules
from lrdoctor.run import Run


@dataclass(frozen=True)
class Leap(Rule):
    """A rule with one threshold of each type."""

    height: float = 2.0
    patience: int = 5
    strict: bool = False

    def __post_init__(self) -> None:
        if self.height <= 0:
            raise ValueError(f"height must be above 0, not {self.height}")

    def examine(self, run: Run) -> Iterator[Finding]:
        return iter(())


@dataclass(frozen=True)
class Drift(Rule):
    """A rule without thresholds."""

    def examine(self, run: Run) -> Iterator[Finding]:
        return iter(())


@pytest.fixture(autouse=True)
def _two_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_known_rules", lambda: {"drift": Drift, "leap": Leap})


def written(folder: Path, text: str) -> Path:
    path = folder / "lrdoctor.toml"
    path.write_text(text)
    return path


def test_every_table_arrives(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        ignore = ["**/old/*"]
        [columns]
        objective = "train/loss"
        [rules]
        disabled = ["drift"]
        [rules.leap]
        height = 3
        patience = 7
        """,
    )
    settings = load(path)
    assert settings.columns == {"objective": "train/loss"}
    assert settings.ignore == ("**/old/*",)
    assert settings.build_rules() == [Leap(height=3.0, patience=7)]
    assert type(settings.rules["leap"]["height"]) is float


def test_no_file_means_every_rule_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load() == Config()
    assert load().build_rules() == [Drift(), Leap()]


def test_the_file_in_the_current_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, 'ignore = ["x"]')
    monkeypatch.chdir(tmp_path)
    assert load().ignore == ("x",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("column = 1", ("'column'", "did you mean 'columns'?")),
        ("[rules.leep]\nheight = 1.0", ("'leep'", "did you mean 'leap'?")),
        ('[rules]\ndisabled = ["drft"]', ("'drft'", "did you mean 'drift'?")),
        ("[rules.leap]\nheigth = 1.0", ("leap", "'heigth'", "did you mean 'height'?")),
        ('[columns]\nx = "trainloss"', ("columns.x", "did you mean 'train/loss'?")),
        ('[columns]\nx = "qqq"', ("'qqq'", "known: train/loss, val/loss")),
        ("[columns]\nx = 3", ("columns.x", "in quotes")),
        ("columns = 3", ("columns must be a table",)),
        ("ignore = 3", ("ignore must be a list of texts",)),
        ("ignore = [3]", ("ignore must be a list of texts",)),
        ("[rules.leap]\npatience = 1.5", ("rules.leap.patience must be int, not 1.5",)),
        ("[rules.leap]\npatience = true", ("rules.leap.patience must be int, not True",)),
        ("[rules.leap]\nheight = true", ("rules.leap.height must be float, not True",)),
        ('[rules.leap]\nheight = "3"', ("rules.leap.height must be float, not '3'",)),
        ("[rules.leap]\nheight = -1.0", ("rules.leap: height must be above 0, not -1.0",)),
        ("[rules]\nleap = 3", ("rules.leap must be a table",)),
        ("[rules", ("is no TOML",)),
        pytest.param("x = " + "[" * 20_000, ("is no TOML",), id="deep"),
        pytest.param("x = " + "9" * 5_000, ("is no TOML",), id="long"),
        pytest.param(
            "[rules.leap]\nheight = 1" + "0" * 400, ("rules.leap.height is beyond",), id="large"
        ),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert all(part in message for part in (str(path), *said)), message


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lrdoctor.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(path)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "lrdoctor.toml"
    path.write_bytes(b'\xef\xbb\xbfignore = ["x"]')
    assert load(path).ignore == ("x",)


def test_every_real_rule_takes_its_own_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_known_rules", rules)
    built = Config().build_rules()
    assert [type(rule) for rule in built] == list(rules().values())
