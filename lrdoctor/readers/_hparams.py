"""TensorBoard's hparams plugin: the hyper-parameters that a session began with.

They stand in the metadata of a value without a figure. The messages are tensorboard's
``plugins/hparams/plugin_data.proto`` and protobuf's ``struct.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrdoctor.readers._wire import BrokenMessage, Message

MARK = b"_hparams_/session_start_info"
"""The value's tag: a payload without it need not be looked into."""

_SUMMARY, _VALUE, _TAG, _METADATA, _PLUGIN, _CONTENT = 5, 1, 1, 9, 1, 2
_START, _HPARAMS, _NAME, _SETTING = 3, 1, 1, 2
_NUMBER, _TEXT, _FLAG = 2, 3, 4

Setting = str | float | bool


def told_in(payload: bytes) -> dict[str, Setting]:
    """The hyper-parameters in one event, by name; empty where it holds none."""
    try:
        return dict(_settings(Message(payload)))
    except BrokenMessage:
        return {}


def _settings(event: Message) -> Iterator[tuple[str, Setting]]:
    summary = event.message(_SUMMARY)
    for value in summary.each(_VALUE) if summary is not None else ():
        metadata = value.message(_METADATA) if value.text(_TAG) == MARK.decode() else None
        plugin = metadata.message(_PLUGIN) if metadata is not None else None
        content = plugin.message(_CONTENT) if plugin is not None else None
        start = content.message(_START) if content is not None else None
        for entry in start.each(_HPARAMS) if start is not None else ():
            setting = entry.message(_SETTING)
            if setting is not None:
                yield entry.text(_NAME), _plain(setting)


def _plain(setting: Message) -> Setting:
    if setting.has(_TEXT):
        return setting.text(_TEXT)
    return bool(setting.integer(_FLAG)) if setting.has(_FLAG) else setting.double(_NUMBER)
