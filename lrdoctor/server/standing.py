"""How a run stands once it is heard what people said of it: alarming, looked after, or muted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrdoctor.diagnosis import Json, Severity, Status
from lrdoctor.store import Kind, Remark

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
    seen = [one for one in remarks if one.kind is Kind.ACKNOWLEDGE and _all(one, alarming)]
    mutes = [one for one in remarks if one.kind is Kind.MUTE and _holds(one, now)]
    return {
        "remarks": [one.to_dict() for one in remarks],
        "acknowledged": seen[-1].to_dict() if seen and alarming else None,
        "muted": _muted(alarming, mutes),
    }


UNREMARKED: dict[str, Json] = {"remarks": [], "acknowledged": None, "muted": None}


def covered(line: Line, rule: str | None, metric: str | None, onset: int | None) -> dict[str, str]:
    """What a new mute or acknowledgement covers: rule -> severity, of what alarms now.

    Args:
        rule: only this one; None: every one.
        metric, onset: both given: only the finding of this metric with this onset.
    """
    covers: dict[str, str] = {}
    for finding in troubles(line):
        if rule is not None and finding["rule"] != rule:
            continue
        if onset is not None and (finding["metric"], finding["onset_step"]) != (metric, onset):
            continue
        former = covers.get(finding["rule"], finding["severity"])
        covers[finding["rule"]] = min(former, finding["severity"], key=_WORST_FIRST.index)
    return covers


def _muted(alarming: Sequence[dict[str, Any]], mutes: Sequence[Remark]) -> dict[str, Json] | None:
    silent = [one for one in alarming if any(_covers(mute, one) for mute in mutes)]
    if not silent:
        return None
    loud = [one["severity"] for one in alarming if one not in silent]
    by = [mute for mute in mutes if any(_covers(mute, one) for one in silent)]
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


def _all(remark: Remark, findings: Sequence[dict[str, Any]]) -> bool:
    return all(_covers(remark, finding) for finding in findings)


def _covers(remark: Remark, finding: Mapping[str, Any]) -> bool:
    """Whether it was said of this finding, and the finding has not become worse since."""
    then = remark.covers.get(finding["rule"])
    if then is None:
        return False
    if remark.onset_step is not None:
        this = finding["metric"], finding["onset_step"]
        if this != (remark.metric, remark.onset_step):
            return False
    return _WORST_FIRST.index(finding["severity"]) >= _WORST_FIRST.index(then)
