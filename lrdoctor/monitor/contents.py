"""What a log holds: its files' growth becomes the growth of its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from lrdoctor.ending import Ending
from lrdoctor.follow.place import Place
from lrdoctor.monitor import together, twin
from lrdoctor.monitor.file import AnewError, LogFile
from lrdoctor.monitor.growth import Growth, Growths, differences, gained
from lrdoctor.run import Block, Run

ATTEMPTS = 3
"""A log that is replaced again while it is read is left to the next look after so many times."""


class Contents:
    """The files of one place and the runs that they tell of: one, mostly."""

    def __init__(
        self,
        place: Place,
        columns: Mapping[str, str],
        beat: Callable[[], None],
        strict: bool = False,
    ) -> None:
        self.place = place
        self.columns = columns
        """What the user says that columns are."""
        self.name = ""
        """Of the place; see ``follow.naming``."""
        self.names: dict[str, str] = {}
        """What its runs are shown as, by run inside the log; while there is none yet, what the log
        itself is, under ""."""
        self.files: list[LogFile] = []
        """Where there is none, it is read from its beginning."""
        self.runs: dict[str, Run] | None = None
        """By run inside the log; None: never read, or let go of to save memory."""
        self._held = False
        """The files were rewritten, but not yet to their end."""
        self._beat = beat
        self._strict = strict

    @property
    def format(self) -> str:
        return next((file.format for file in self.files if file.format), "")

    @property
    def begun(self) -> bool:
        return any(file.begun for file in self.files)

    @property
    def points(self) -> int:
        """Points held in memory, of all tags."""
        return sum(len(s) for run in (self.runs or {}).values() for s in run.tags.values())

    def take_files(self) -> None:
        """Its files are new: their formats are to be learnt."""
        self.files = [self._file(path) for path in self.place.files]

    @property
    def waits(self) -> bool:
        """Whether a file holds zeros that may be a gap still to be filled."""
        return any(file.waits for file in self.files)

    @property
    def settled(self) -> bool:
        """Whether no file has an unfinished end: ``finish`` needs neither points nor readers."""
        return not self._held and all(file.settled for file in self.files)

    def ended(self, name: str) -> bool:
        """Whether the log goes on with other runs than this one."""
        return together.ended(name, self.files)

    def let_go(self) -> None:
        """Free the memory; ``restore`` takes it up again."""
        self.runs = None
        for file in self.files:
            file.let_go()

    def restore(self, blocks: Sequence[Block], states: Mapping[str, bytes]) -> None:
        """Take up the runs and the readers as another process left them."""
        self.runs = {}
        self._add(blocks)
        for file in self.files:
            if file.format and file.begun and file.path in states:
                file.resume(states[file.path])

    def read_on(self, now: float) -> Growths | None:
        """Read what the files gained; None where that changed nothing.

        Raises:
            OSError: a file is gone or out of reach; nothing is lost by it.
        """
        if not self.files:
            return self._again(now)
        if self.runs is None:
            self.runs = {}
        told = together.told(self.files)
        blocks: list[Block] = []
        try:
            for file in self.files:
                if len(self.files) > 1 and not file.tail.look():
                    continue  # of a single one it was seen just before
                if file.begun and file.reader is not None and file.reader.rewritten:
                    raise AnewError
                blocks += self._pull(file, now)
        except AnewError:
            return self._again(now)
        except OSError:
            if blocks:
                return self._added(blocks, told)
            raise
        return self._added(blocks, told)

    def read_out(self, now: float) -> Growths | None:
        """Read the unfinished ends, as if nothing came after them; None where there is nothing.

        Raises:
            OSError: see ``read_on``.
        """
        try:
            return self._again(now, whole=True) if self._held else self._finish(now)
        except AnewError:
            return self._again(now, whole=True)

    def _finish(self, now: float) -> Growths | None:
        told = together.told(self.files)
        blocks: list[Block] = []
        for file in self.files:
            if file.waits:
                blocks += self._pull(file, now, whole=True)
            blocks += self._counted(file, file.finish())
        if self.runs is None and self.format and not blocks:
            # What is not in memory stays where it is.
            unchanged = told == together.told(self.files)
            return None if unchanged else {next(iter(self.names), ""): Growth()}
        growths = self._added(blocks, told)
        if growths is None and self._ending() is not None:
            return {next(iter(self.names), ""): Growth()}  # it counts from now on
        return growths

    def _ending(self) -> Ending | None:
        """What the log, or the errors' file beside it, ends in; None: no death is told."""
        told = together.ending(self.files)
        if told is not None or len(self.files) != 1:
            return told
        file = self.files[0]
        if not file.format:
            return twin.ending_without_figures(file.path)
        return twin.ending_beside(file.path)

    def _pull(self, file: LogFile, now: float, *, whole: bool = False) -> list[Block]:
        blocks = file.pull(now, self._beat, whole=whole, strict=self._strict)
        return self._counted(file, blocks)

    def _counted(self, file: LogFile, blocks: list[Block]) -> list[Block]:
        """The blocks, noted as this file's, their tags called as its folder has it.

        Raises:
            AnewError: see ``together.counted``.
        """
        if self.place.called:
            tag_of = self.place.tag_of
            blocks = [replace(block, tag=tag_of(file.path, block.tag)) for block in blocks]
        return together.counted(file, blocks, self.files)

    def _again(self, now: float, *, whole: bool = False) -> Growths | None:
        """Read everything from the beginning; what stands as before is not told as new."""
        former, former_files = self.runs, self.files
        for _ in range(ATTEMPTS):
            self.runs = {}
            self.files = [self._file(path) for path in self.place.files]
            try:
                blocks = self._read_all(now, whole=whole)
            except AnewError:
                continue
            except OSError:
                self.runs, self.files = former, former_files
                raise
            self._held = (
                not whole and not blocks and bool(former) and together.rewritten(self.files)
            )
            if self._held:
                self.runs = former
                return None
            return self._changed(former or {}, former_files, blocks)
        self.runs, self.files = former, former_files
        return None

    def _read_all(self, now: float, *, whole: bool) -> list[Block]:
        """The blocks of every file from where it stands, with what its end adds if ``whole``.

        Raises:
            AnewError: a file was replaced meanwhile.
            OSError: one is out of reach.
        """
        blocks: list[Block] = []
        for file in self.files:
            blocks += self._pull(file, now, whole=whole)
            if whole:
                blocks += self._counted(file, file.finish())
        return blocks

    def _changed(
        self, former: Mapping[str, Run], files: Sequence[LogFile], blocks: Sequence[Block]
    ) -> Growths:
        """What a log that was read from its beginning tells otherwise than before."""
        runs = self._add(blocks)
        if not runs:
            return {name: Growth(fresh=True) for name in self.names or ("",)}
        growths = differences(former, runs, blocks)
        if len(runs) == 1:
            return growths
        # Each save of a file that holds many runs would have all of them diagnosed again.
        growths = {
            name: growth
            for name, growth in growths.items()
            if growth.fresh
            or growth.blocks
            or together.set_up(name, files) != together.set_up(name, self.files)
        }
        if not growths or together.told(files) != together.told(self.files):
            growths.setdefault(next(iter(runs)), Growth())
        return growths

    def _added(self, blocks: Sequence[Block], told: object) -> Growths | None:
        """What these points bring; ``told`` is what ``_told`` said before."""
        growths = gained(blocks, self.runs or {})
        runs = self._add(blocks)
        if len(runs) > 1 and any(growth.fresh for growth in growths.values()):
            for run in filter(self.ended, runs):
                growths.setdefault(run, Growth())
        if told != together.told(self.files):
            growths.setdefault(next(iter(self.names or runs), ""), Growth())
        return growths or None

    def _add(self, blocks: Sequence[Block]) -> dict[str, Run]:
        runs = self.runs = {} if self.runs is None else self.runs
        for block in blocks:
            run = runs.get(block.run)
            if run is None:
                run = runs[block.run] = Run(
                    self.name, self.place.shown, self.format, columns=self.columns
                )
            run.add(block)
        return runs

    def _file(self, path: str) -> LogFile:
        return LogFile(path, columns=self.columns)
