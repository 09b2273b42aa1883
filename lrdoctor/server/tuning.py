"""``/api/rules``: the rules with the thresholds in force, and what others would find.

Nothing is changed by asking: what is found good goes into ``lrdoctor.toml``, as the page says it.
"""

from __future__ import annotations

import inspect
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import orjson

from lrdoctor import doctor
from lrdoctor.config import Config
from lrdoctor.diagnosis import Json
from lrdoctor.rules import Rule, rules
from lrdoctor.rules._sensitivity import LEVELS, thresholds
from lrdoctor.run import Run
from lrdoctor.server.rebuilt import rebuilt
from lrdoctor.server.refused import Refusal, refused
from lrdoctor.server.source import Source
from lrdoctor.store import RunRecord

MOST_RUNS = 200
MOST_POINTS = 2_000_000
"""What one answer looks at, the newest runs first: a second or two of work."""
KEPT = 20_000
"""Outcomes kept, one a run, rule and thresholds; each is good until the run grows."""

_MEANS = re.compile(r"^- ``(?P<name>\w+)``: (?P<text>(?:.|\n(?!- |\n))*)", re.M)
Given = Mapping[str, float | int]


class Tuning:
    """Answers about the rules over the runs of one source.

    Args:
        config: what the process that reads the logs runs with.
    """

    def __init__(self, source: Source, config: Config) -> None:
        self._source = source
        self._config = config
        self._lock = threading.Lock()
        self._outcomes: OrderedDict[tuple[object, ...], bool] = OrderedDict()

    def listing(self) -> bytes:
        """Every rule: whether it is on, its thresholds, and what each level makes of them."""
        return orjson.dumps({"rules": [self._told(name, kind) for name, kind in rules().items()]})

    def fires(self, name: str, asked: Mapping[str, str]) -> bytes:
        """On which runs a rule fires: as it is in force, at each level of itself, and as asked.

        ``looked`` counts the runs judged anew, of ``runs``. Not among them are those beyond
        what one answer looks at, and those whose points alone do not tell what the rule found.

        Raises:
            Refusal: there is no such rule, or a threshold cannot be meant; says why.
        """
        kind = rules().get(name)
        if kind is None:
            raise Refusal(refused(404, "there is no rule of this name"))
        force = self._in_force(name)
        variants: dict[str, Rule] = {"in_force": _made(kind, force)}
        variants |= {level: _made(kind, thresholds(kind, level)) for level in LEVELS}
        if asked:
            variants["given"] = _made(kind, {**force, **_given(kind, asked)})
        found: dict[str, list[str]] = {variant: [] for variant in variants}
        looked = 0
        records = [record for record in self._source.changed(0)[2] if _is_read(record)]
        records.sort(key=lambda record: -record.updated_at)
        for record, outcome in self._outcomes_of(name, variants, records):
            looked += 1
            for variant, fired in outcome.items():
                if fired:
                    found[variant].append(record.id)
        return orjson.dumps({"rule": name, "runs": len(records), "looked": looked, "fires": found})

    def _outcomes_of(
        self, name: str, variants: Mapping[str, Rule], records: list[RunRecord]
    ) -> Iterator[tuple[RunRecord, dict[str, bool]]]:
        points = 0
        for record in records[:MOST_RUNS]:
            line = orjson.loads(record.line)
            keys = {v: (record.id, record.version, repr(rule)) for v, rule in variants.items()}
            outcome = self._known(keys)
            if outcome is None:
                points += sum(metric["count"] for metric in line["metrics"].values())
                if points > MOST_POINTS:
                    return
                outcome = self._judged(variants, record, line)
                self._keep(keys, outcome)
            told = any(finding["rule"] == name for finding in line["findings"])
            # Of a rule that is off nothing was told that this could be held against.
            if name in self._config.disabled or outcome["in_force"] == told:
                yield record, outcome

    def _judged(
        self, variants: Mapping[str, Rule], record: RunRecord, line: Mapping[str, Any]
    ) -> dict[str, bool]:
        run = rebuilt(self._source, record, line)
        return {variant: _fires(rule, run) for variant, rule in variants.items()}

    def _known(self, keys: Mapping[str, tuple[object, ...]]) -> dict[str, bool] | None:
        with self._lock:
            if not all(key in self._outcomes for key in keys.values()):
                return None
            return {variant: self._outcomes[key] for variant, key in keys.items()}

    def _keep(self, keys: Mapping[str, tuple[object, ...]], outcome: Mapping[str, bool]) -> None:
        with self._lock:
            for variant, key in keys.items():
                self._outcomes[key] = outcome[variant]
            while len(self._outcomes) > KEPT:
                self._outcomes.popitem(last=False)

    def _in_force(self, name: str) -> dict[str, Any]:
        return dict(self._config.rules.get(name, {}))

    def _told(self, name: str, kind: type[Rule]) -> dict[str, Json]:
        force = self._in_force(name)
        means = {m["name"]: m["text"] for m in _MEANS.finditer(inspect.getdoc(kind) or "")}
        own = kind()
        told: list[Json] = [
            {
                "name": each.name,
                "whole": isinstance(getattr(own, each.name), int),
                "default": getattr(own, each.name),
                "value": force.get(each.name, getattr(own, each.name)),
                "means": " ".join(means.get(each.name, "").replace("``", "").split()),
            }
            for each in fields(kind)  # type: ignore[arg-type]
            if each.init
        ]
        levels: dict[str, Json] = {level: {**thresholds(kind, level)} for level in LEVELS}
        return {
            "name": name,
            "enabled": name not in self._config.disabled,
            "fields": told,
            "levels": levels if kind.evidence else {},
        }


def _is_read(record: RunRecord) -> bool:
    """Whether there is anything to judge; found without parsing thousands of lines."""
    return not record.gone and b'"status":"unreadable"' not in record.line


def _fires(rule: Rule, run: Run) -> bool:
    if not (run.is_judged or rule.of_agents):
        return False
    return next(iter(doctor.found_by(rule, run)), None) is not None


def _given(kind: type[Rule], asked: Mapping[str, str]) -> dict[str, float | int]:
    own = kind()
    known = [each.name for each in fields(kind) if each.init]  # type: ignore[arg-type]
    given: dict[str, float | int] = {}
    for name, text in asked.items():
        if name not in known:
            raise Refusal(refused(400, f"this rule has no threshold {name[:40]!r}"))
        whole = isinstance(getattr(own, name), int)
        try:
            given[name] = int(text) if whole else float(text)
        except ValueError:
            kind_of = "a whole number" if whole else "a number"
            raise Refusal(refused(400, f"{name} must be {kind_of}")) from None
    return given


def _made(kind: type[Rule], given: Given) -> Rule:
    try:
        return kind(**given)
    except (ValueError, OverflowError) as error:
        raise Refusal(refused(400, str(error))) from error
