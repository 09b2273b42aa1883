"""How a run stands once it is heard what people said of it: alarming, looked after, or muted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrdoctor.diagnosis import Json, Severity, Status
from lrdoctor.store import Kind, Remark, Trouble

_WORST_FIRST = [severity.value for severity in Severity]
Line = Mapping[str, Any]
"""A run's line, as ``Diagnosis.to_dict`` makes it."""


def troubles(line: Line) -> list[dict[str, Any]]:
    """The findings that alarm: unresolved, and more than worth knowing."""
    return [
        finding
        for finding in line["findings"]
        if not finding["resolved"] and finding["severity"] != Severity.INFO.value
    ]


def standing(line: Line, remarks: Sequence[Remark], now: float) -> dict[str, Json]:
    """What a run's line is told with.

    - ``remarks``: all of them, in order;
    - ``acknowledged``: the newest remark that looks after everything that alarms; null without;
    - ``muted``: null, or the newest mute with ``rules``, those that it and others keep silent,
      ``until``, when the first of them ends, and ``status``: what the run counts as meanwhile,
      ``muted`` where nothing that alarms is left.
    """
    alarming = troubles(line)
    seen = [one for one in remarks if one.kind is Kind.ACKNOWLEDGE and _all(one, line, alarming)]
    mutes = [one for one in remarks if one.kind is Kind.MUTE and _holds(one, now)]
    return {
        "remarks": [one.to_dict() for one in remarks],
        "acknowledged": seen[-1].to_dict() if seen and alarming else None,
        "muted": _muted(line, alarming, mutes),
    }


UNREMARKED: dict[str, Json] = {"remarks": [], "acknowledged": None, "muted": None}


def covered(
    line: Line, rule: str | None, metric: str | None, onset: int | None
) -> tuple[Trouble, ...]:
    """What a new mute or acknowledgement covers, of what alarms now.

    Args:
        rule: only what this one found; None: every one.
        metric, onset: both given: only the finding of this metric with this onset.
    """
    return tuple(
        Trouble(one["rule"], one["severity"], one["metric"], one["onset_step"])
        for one in troubles(line)
        if rule in (None, one["rule"])
        and (onset is None or (one["metric"], one["onset_step"]) == (metric, onset))
    )


def _muted(
    line: Line, alarming: Sequence[dict[str, Any]], mutes: Sequence[Remark]
) -> dict[str, Json] | None:
    silent = [one for one in alarming if any(_covers(mute, line, one) for mute in mutes)]
    if not silent:
        return None
    loud = [one["severity"] for one in alarming if one not in silent]
    by = [mute for mute in mutes if any(_covers(mute, line, one) for one in silent)]
    ends = [mute.until for mute in by if mute.until is not None]
    rules: list[Json] = list(dict.fromkeys(one["rule"] for one in silent))
    return {
        **by[-1].to_dict(),
        "rules": rules,
        "until": min(ends, default=None),
        "status": _status(loud),
    }


def _status(loud: Sequence[str]) -> str:
    if not loud:
        return "muted"
    worst = min(loud, key=_WORST_FIRST.index)
    return Status.CRITICAL if worst == Severity.CRITICAL else Status.WARNING


def _holds(mute: Remark, now: float) -> bool:
    return mute.until is None or now < mute.until


def _all(remark: Remark, line: Line, findings: Sequence[dict[str, Any]]) -> bool:
    return all(_covers(remark, line, finding) for finding in findings)


def _covers(remark: Remark, line: Line, finding: Mapping[str, Any]) -> bool:
    """Whether it was said of this finding, and the finding has not become worse since.

    A log that is begun anew is another training: what was found of the former one is no longer
    among its findings, and what was said of that does not hold for this one.
    """
    there = {_place(one) for one in line["findings"]}
    meant = [
        one
        for one in remark.covers
        if one.rule == finding["rule"]
        and (one.rule, one.metric, one.onset_step) in there
        and (not remark.only or _place(finding) == (one.rule, one.metric, one.onset_step))
    ]
    if not meant:
        return False
    then = min(_WORST_FIRST.index(one.severity) for one in meant)
    return _WORST_FIRST.index(finding["severity"]) >= then


def _place(finding: Mapping[str, Any]) -> tuple[str, str, int]:
    return finding["rule"], finding["metric"], finding["onset_step"]
