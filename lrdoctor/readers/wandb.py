"""W&B's own log of a run, ``run-<id>.wandb``: protobuf records in LevelDB's framing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from lrdoctor.readers import Reader, _records, _side
from lrdoctor.readers._axis import AxisState
from lrdoctor.readers._leveldb import Broken, Fragments, Framing
from lrdoctor.readers._records import Json
from lrdoctor.readers._rows import Rows
from lrdoctor.readers._wire import BrokenMessage, Message
from lrdoctor.run import Block

_MAGIC = b":W&B"
# wandb/proto/wandb_internal.proto: fields of Record, and of the messages in them.
_HISTORY, _CONFIG, _RUN = 2, 5, 17
_ITEM, _STEP, _STEP_NUMBER, _RUN_CONFIG = 1, 2, 1, 4
_KEY, _NESTED_KEY, _JSON = 1, 2, 16
_OWN = frozenset({"_step", "_timestamp", "_runtime", "_wandb"})
"""What W&B adds to each row: the x axis where no better is logged, the time, and its own notes."""
_QUOTED = frozenset({'"NaN"', '"Infinity"', '"-Infinity"'})
"""How some releases spell what is no JSON number; all other words are texts."""
_LONGEST = 16 << 10
"""Characters of one value that is looked into."""


class _State(msgspec.Struct):
    framing: Framing
    axis: AxisState
    tags: list[str]
    config: dict[str, str]
    told: int


class Wandb(Reader):
    """W&B's own ``run-*.wandb``, of online and offline runs, config included.

    While a run goes on W&B writes whole blocks of 32 KiB, so the last rows come late. Nested names
    are joined by ``/``; pictures, tables and histograms are no points.
    """

    patterns = ("*.wandb",)

    def __init__(self) -> None:
        super().__init__()
        self._fragments = Fragments()
        self._rows = Rows(self)
        self._config: dict[str, str] = {}

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if head.startswith(_MAGIC):
            return 0.99
        return 0.4 if path.suffix == ".wandb" and _MAGIC.startswith(head) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        rows = []
        for record in self._fragments.feed(data):
            if isinstance(record, Broken):
                self.tell(None, record)
                continue
            try:
                row = self._row(Message(record))
            except BrokenMessage as error:
                self.tell(None, f"no record of W&B's ({error}), passed over")
                continue
            if row:
                rows.append(row)
        for block in _records.blocks(self._rows, rows):
            if block.tag not in _OWN:
                yield block

    def finish(self) -> Iterator[Block]:
        for broken in self._fragments.finish():
            self.tell(None, broken)
        return iter(())

    def state(self) -> bytes:
        rows = self._rows
        held = _State(self._fragments.state, rows.axis.state, rows.tags.known, self._config,
                      self.told)  # fmt: skip
        return msgspec.msgpack.encode(held)

    @classmethod
    def restore(cls, state: bytes) -> Wandb:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._fragments = Fragments(held.framing)
        reader._rows = Rows(reader, held.axis, held.tags)
        reader.told = held.told
        reader._configure(held.config)
        return reader

    def _row(self, record: Message) -> dict[str, Json]:
        """The figures of a row of the history; empty for any other record."""
        config = record.message(_CONFIG)
        run = record.message(_RUN)
        if run is not None:
            config = run.message(_RUN_CONFIG)
        if config is not None:
            self._configure(dict(_items(config)))
        history = record.message(_HISTORY)
        if history is None:
            return {}
        row = {name: _value(text) for name, text in sorted(_items(history)) if _tells(text)}
        step = history.message(_STEP)
        if step is not None:
            row.setdefault("_step", step.integer(_STEP_NUMBER))
        return row

    def _configure(self, items: dict[str, str]) -> None:
        """Take settings; later ones replace earlier ones."""
        wanted = {name: text for name, text in items.items() if name.partition("/")[0] != "_wandb"}
        for name, text in wanted.items():
            if name in self._config or len(self._config) < _side.MOST:
                self._config[name] = text if len(text) <= _LONGEST else "null"
        if wanted:
            known = {name: _value(text) for name, text in self._config.items()}
            self.settings = self._rows.tags.complete(_side.settings_of(known))


def _items(message: Message) -> Iterator[tuple[str, str]]:
    """Names and JSON texts; older releases have no nested names."""
    for item in message.each(_ITEM):
        yield "/".join(item.texts(_NESTED_KEY)) or item.text(_KEY), item.text(_JSON)


def _tells(text: str) -> bool:
    """Whether a value may hold figures: texts and media (``{"_type": …}``) hold none."""
    if text.startswith('"'):
        return text in _QUOTED
    return len(text) <= _LONGEST and '"_type"' not in text


def _value(text: str) -> Json:
    """The value in a JSON text; None where it is none."""
    try:
        return _records.parse(text.encode())
    except ValueError:
        return None
