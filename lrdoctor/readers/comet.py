"""Comet's ``messages.json``, out of the archive of an offline experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import msgspec

from lrdoctor.readers._jsonl_dialect import JsonlDialect
from lrdoctor.readers._records import Json
from lrdoctor.readers._side import MOST, settings_of
from lrdoctor.readers.jsonl import Record


class _State(msgspec.Struct):
    lines: bytes
    parameters: dict[str, Json]


class Comet(JsonlDialect):
    """Comet's ``messages.json``: a message a metric, called ``train_loss`` in the context of train.

    The parameters that the experiment logged stand among the messages.
    """

    patterns = ("messages.json",)
    clocks = frozenset({"timestamp"})

    def __init__(self) -> None:
        super().__init__()
        self._parameters: dict[str, Json] = {}

    @classmethod
    def wrote(cls, path: PurePath, value: Json) -> bool:
        return isinstance(value, dict) and "type" in value and "message_id" in _told(value)

    def records(self, value: Json) -> Sequence[Record] | None:
        if not isinstance(value, dict):
            return None
        told = _told(value)
        metric, parameter = told.get("metric"), told.get("param")
        if isinstance(parameter, dict) and parameter.get("source") != "auto-logged":
            self._note({str(parameter.get("paramName")): parameter.get("paramValue")})
        return [_record(told, metric)] if isinstance(metric, dict) else []

    def state(self) -> bytes:
        return msgspec.msgpack.encode(_State(super().state(), self._parameters))

    @classmethod
    def restore(cls, state: bytes) -> Comet:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = super().restore(held.lines)
        assert isinstance(reader, Comet)
        reader._note(held.parameters)
        return reader

    def _note(self, parameters: Record) -> None:
        if parameters and len(self._parameters) < MOST:
            self._parameters |= parameters
            self.settings = settings_of(self._parameters)


def _told(message: Record) -> Record:
    payload = message.get("payload")
    return payload if isinstance(payload, dict) else {}


def _record(told: Record, metric: Record) -> Record:
    context, name = told.get("context"), metric.get("metricName")
    step = "epoch" if metric.get("step") is None else "step"
    return {
        step: metric.get(step),
        "timestamp": told.get("local_timestamp"),
        f"{context}_{name}" if context else str(name): metric.get("metricValue"),
    }
