"""``lrdoctor.toml``: what a tag means, which rules run with which thresholds, what to pass over.

::

    ignore = ["**/old/*"]
    strict = true

    [columns]
    "objective" = "train/loss"
    "my_iter" = "step"

    [rules]
    disabled = ["spike"]

    [rules.divergence]
    patience = 20

    [store]
    keep_gone = "30d"
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

from lrdoctor.errors import ConfigError
from lrdoctor.metrics import CANONICAL, PLACES

if TYPE_CHECKING:
    from lrdoctor.rules import Rule

NAME = "lrdoctor.toml"

KEEP_GONE = 30 * 86_400.0
"""Seconds: long enough to come back from a holiday to a run whose log was cleared away."""

_UNITS = {"h": 3_600.0, "d": 86_400.0, "w": 604_800.0}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one call. Everything is checked when it is loaded, once."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Tag as logged -> canonical metric name, ``step``, ``epoch`` or ``wall_time``; wins over every
    guess."""
    rules: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Thresholds by rule name, then by field of the rule."""
    disabled: frozenset[str] = frozenset()
    """Names of the rules that do not run."""
    ignore: tuple[str, ...] = ()
    """Shell patterns of paths below the given ones; what matches is no log."""
    strict: bool = False
    """Verify every record of an event file on its own, at some cost in speed."""
    keep_gone: float = KEEP_GONE
    """Seconds that the store keeps runs whose logs are no longer on disk; may be infinite."""

    def build_rules(self) -> list[Rule]:
        """The rules that run, with their thresholds.

        Raises:
            ConfigError: a rule refuses a threshold.
        """
        return [
            _build(name, rule, self.rules.get(name, {}))
            for name, rule in _known_rules().items()
            if name not in self.disabled
        ]


def load(path: Path | None = None) -> Config:
    """The settings in ``path``; without one those in ``./lrdoctor.toml``, or none.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds a key, a rule, a field or a
            value that cannot be meant. The message names the file, the key and what comes near.
    """
    if path is None:
        path = Path(NAME)
        if not path.exists():
            return Config()
    try:
        return _parse(_document(path))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _document(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:  # also of a number of 5,000 digits
        raise ConfigError(f"is no TOML: {error}") from error


def _parse(document: Mapping[str, object]) -> Config:
    _known("key", document, ("columns", "ignore", "rules", "store", "strict"))
    table = _table("rules", document.get("rules", {}))
    thresholds = {name: part for name, part in table.items() if name != "disabled"}
    disabled = _texts("rules.disabled", table.get("disabled", []))
    if table:
        _known("rule", (*thresholds, *disabled), _known_rules())
    config = Config(
        columns=_columns(document.get("columns", {})),
        rules={name: _thresholds(name, part) for name, part in thresholds.items()},
        disabled=frozenset(disabled),
        ignore=tuple(_texts("ignore", document.get("ignore", []))),
        strict=_truth("strict", document.get("strict", False)),
        keep_gone=_keep_gone(document.get("store", {})),
    )
    for name, given in config.rules.items():
        _build(name, _known_rules()[name], given)
    return config


def _keep_gone(value: object) -> float:
    table = _table("store", value)
    _known("key in [store]:", table, ("keep_gone",))
    told = table.get("keep_gone", "30d")
    if told == "forever":
        return math.inf
    found = re.fullmatch(r"(\d{1,6})([hdw])", told) if isinstance(told, str) else None
    if found is None:
        raise ConfigError(
            f'store.keep_gone must be like "12h", "30d", "8w" or "forever", not {told!r}'
        )
    return int(found[1]) * _UNITS[found[2]]


def _columns(value: object) -> dict[str, str]:
    columns: dict[str, str] = {}
    for tag, name in _table("columns", value).items():
        if not isinstance(name, str):
            raise ConfigError(f"columns.{tag} must be a metric name in quotes")
        _known(f"metric name for columns.{tag}:", (name,), (*CANONICAL, *PLACES))
        columns[tag] = name
    return columns


def _thresholds(name: str, value: object) -> dict[str, object]:
    given = _table(f"rules.{name}", value)
    rule = _known_rules()[name]
    _known(f"field of rule {name}:", given, _fields(rule))
    hints = get_type_hints(rule)
    return {key: _of_type(f"rules.{name}.{key}", each, hints[key]) for key, each in given.items()}


def _of_type(key: str, value: object, wanted: object) -> object:
    """``value`` as the field wants it: 3 is good for a float, true for no number."""
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise ConfigError(f"{key} is beyond all numbers") from error
    if isinstance(wanted, type) and type(value) is not wanted:
        raise ConfigError(f"{key} must be {wanted.__name__}, not {value!r}")
    return value


def _known_rules() -> dict[str, type[Rule]]:
    # Imported late: `watch` reads its settings before it starts to read logs, and mostly they say
    # nothing of rules.
    from lrdoctor.rules import rules

    return rules()


def _build(name: str, rule: type[Rule], given: Mapping[str, object]) -> Rule:
    try:
        return rule(**given)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"rules.{name}: {error}") from error


def _fields(rule: type[Rule]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(rule) if each.init)  # type: ignore[arg-type]


def _table(key: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ConfigError(f"{key} must be a table: [{key}]")
    return value


def _texts(key: str, value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ConfigError(f"{key} must be a list of texts")
    return value


def _truth(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false")
    return value


def _known(kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    names = tuple(known)
    for each in given:
        if each not in names:
            near = get_close_matches(each, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
            raise ConfigError(f"unknown {kind} {each!r}; {hint}")
