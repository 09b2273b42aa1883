"""One log followed: its files' growth becomes the growth of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from lrdoctor.diagnosis import Problem
from lrdoctor.ending import Ending
from lrdoctor.follow.place import Place
from lrdoctor.follow.tail import HEAD
from lrdoctor.monitor import reason, together, twin
from lrdoctor.monitor.file import AnewError, LogFile
from lrdoctor.monitor.growth import Growth, Growths, differences, gained
from lrdoctor.run import Block, Run, Settings

ATTEMPTS = 3
"""A log that is replaced again while it is read is left to the next look after so many times."""


QUIET = 60.0
"""Seconds without growth after which a log is read to its unfinished end and no longer called
growing. Growth may still come: then that end is read again."""


class Log:
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
        self.renamed = False
        """It has new names, under which it has not been diagnosed yet."""
        self.files: list[LogFile] = []
        """Where there is none, it is read from its beginning."""
        self.runs: dict[str, Run] | None = None
        """By run inside the log; None: never read, or let go of to save memory."""
        self.trouble: str | None = None
        """Why it cannot be looked at just now."""
        self.defect: str | None = None
        """How lrdoctor itself failed on it."""
        self.gone = False
        self.told = False
        """A diagnosis of it stands."""
        self.grown_at: float | None = None
        """When it last grew, UTC seconds; None: not read yet."""
        self.known_at = float("inf")
        """When it last grew as the store has it, UTC seconds; inf: it has nothing of it."""
        self.quiet_at = 0.0
        """When it will have been quiet for long enough to be finished, UTC seconds."""
        self.finished = False
        """It was quiet for so long, and its unfinished end was read."""
        self.editions: dict[str, str] = {}
        """Which lrdoctor said what stands of its runs, by run inside the log; without those that
        this process has diagnosed."""
        self.look_again_at = 0.0
        """When a log that does not grow is diagnosed again, UTC seconds."""
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
    def modified_at(self) -> float:
        """When a file of it was last written to, UTC seconds; 0 where it was never looked at."""
        marks = [file.tail.mark for file in self.files if file.tail.mark is not None]
        return max((mark.mtime_ns / 1e9 for mark in marks), default=0.0)

    @property
    def points(self) -> int:
        """Points held in memory, of all tags."""
        return sum(len(s) for run in (self.runs or {}).values() for s in run.tags.values())

    def take_files(self) -> None:
        """Its files are new: their formats are to be learnt."""
        self.files = [self._file(path) for path in self.place.files]

    def recognise(self, now: float) -> None:
        """Learn the formats of files that no reader has begun on."""
        try:
            for file in self.files:
                if not file.begun:
                    file.recognise(now)
        except OSError:
            return  # told when it comes to reading on
        except Exception as error:  # noqa: BLE001 - a reader's defect must not end the other logs
            self.give_up(now, error)

    def move(self, place: Place) -> bool:
        """Take up that the place holds other files now. True: the log must be looked at."""
        if place is self.place:
            return False
        former, self.place = self.place, place
        if place.files == former.files:
            return False
        kept = {file.path: file for file in self.files}
        if not kept.keys() <= set(place.files):
            self.files = []  # one is gone: what it brought goes as well
        else:
            self.files = [kept.get(path) or self._file(path) for path in place.files]
        return True

    def rename(self, names: dict[str, str]) -> None:
        """Show the runs as these; those that had other names must be diagnosed under their new."""
        self.renamed |= any(names.get(run, name) != name for run, name in self.names.items())
        self.names = names

    def stirs(self) -> bool:
        """Whether there is something to read or to tell of it now."""
        return not self.told or self.renamed or self.gone or self.look()

    def is_due(self, now: float) -> bool:
        """Whether a log that does not stir has been quiet for long enough to be looked at."""
        return now >= self.look_again_at or not (self.finished or now < self.quiet_at)

    @property
    def waits(self) -> bool:
        """Whether a file holds zeros that may be a gap still to be filled."""
        return any(file.waits for file in self.files)

    @property
    def settled(self) -> bool:
        """Whether no file has an unfinished end: ``finish`` needs neither points nor readers."""
        return not self._held and all(file.settled for file in self.files)

    def look(self) -> bool:
        """Whether there may be something to read or to tell. One ``stat`` a file."""
        if self.trouble is not None or not self.files:
            return True
        try:
            if len(self.files) == 1:  # nearly always, and often asked
                return self.files[0].tail.look()
            return any(file.tail.look() for file in self.files)
        except OSError:
            return True

    def unchanged(self, now: float) -> bool:
        """Whether all files are as they were read; see ``LogFile.unchanged``."""
        if self.trouble is not None or self.defect is not None or not self.files:
            return False
        try:
            return all(file.unchanged(now) for file in self.files)
        except OSError:
            return False  # told when it comes to reading on

    def advance(self, now: float) -> Growths | None:
        """Read what the files gained; None where that changed nothing.

        The runs must have been restored first if the log was begun in another process.
        """
        former, self.trouble, self.defect = self.trouble, None, None
        try:
            growth = self._advance(now)
        except (FileNotFoundError, BlockingIOError):
            growth = None  # deleted since it was found, or being written: the next look tells
        except OSError as error:
            growth, self.trouble = None, reason.out_of_reach(error)
        if growth is None and former != self.trouble:
            return {run: Growth() for run in self.names}
        return growth

    def finish(self, now: float) -> Growths | None:
        """The files will grow no more for a while: read their unfinished ends.

        Unless it is ``settled``, the runs must have been restored first.
        """
        try:
            try:
                return self._again(now, whole=True) if self._held else self._finish(now)
            except AnewError:
                return self._again(now, whole=True)
        except OSError as error:
            self.trouble = reason.out_of_reach(error)
            self.files = []  # half finished: read it again once it can be read
            return None

    def _finish(self, now: float) -> Growths | None:
        told = together.told(self.files)
        blocks: list[Block] = []
        for file in self.files:
            if file.waits:
                blocks += self._pull(file, now, whole=True)
            blocks += self._counted(file, file.finish())
        if self.runs is None and not blocks:  # what is not in memory stays where it is
            unchanged = told == together.told(self.files)
            return None if unchanged else {next(iter(self.names), ""): Growth()}
        growths = self._added(blocks, told)
        if growths is None and self._ending() is not None:
            return {next(iter(self.names), ""): Growth()}  # it counts from now on
        return growths

    def problems(self, name: str) -> list[Problem]:
        """What could not be read, the reason for reading nothing at all first.

        Args:
            name: of the run inside the log: what was skipped is told with the first one.
        """
        shown = self.place.shown
        found = [problem for file in self.files for problem in file.problems(shown)]
        if name != next(iter(self.names), name):
            found = []
        stopped = self._reason(name, [problem.what for problem in found])
        return [Problem(shown, None, stopped), *found] if stopped else found

    def settle(self, name: str, settings: Settings, observed_at: float | None) -> Run | None:
        """One of the runs, ready to be diagnosed; None where nothing of it could be read.

        Args:
            name: of the run inside the log.
            settings: told by the files beside the log.
            observed_at: UTC seconds; None where nobody watches.
        """
        run = (self.runs or {}).get(name)
        if run is None or not run.tags:
            return None
        run.name, run.path, run.format = self.names[name], self.place.shown, self.format
        run.observed_at = None if self.ended(name) else observed_at
        run.x_axis = together.x_axis_of(name, self.files)
        run.settings = together.settings_of(name, self.files).merged(settings)
        # A traceback that the training survived is followed by figures: they are waited for.
        told = self.finished or run.ending is not None
        run.ending = self._ending() if told else None
        if run.resumes:
            # In which order tags are told of depends on where the bytes were cut.
            order = {tag: at for at, tag in enumerate(run.tags)}
            run.resumes.sort(key=lambda resume: order[resume.tag])
        return run

    def ended(self, name: str) -> bool:
        """Whether the log goes on with other runs than this one."""
        return together.ended(name, self.files)

    def give_up(self, now: float, error: Exception) -> None:
        """A reader broke on it: wait until it changes, then begin anew."""
        self.defect = reason.defect(self.format, error)
        self.runs = None
        self.files = [self._file(path) for path in self.place.files]
        for file in self.files:
            with suppress(OSError):  # told at the next look
                file.tail.mark = file.tail.read(now, size=HEAD).untaken

    def let_go(self) -> None:
        """Free the memory; ``restore`` takes it up again."""
        self.runs = None
        for file in self.files:
            file.let_go()

    def begin_anew(self) -> None:
        """Have it read from its beginning at the next look."""
        self.runs, self.files = None, []
        self.grown_at, self.finished = None, False

    def restore(self, blocks: Sequence[Block], states: Mapping[str, bytes]) -> None:
        """Take up the runs and the readers as another process left them."""
        self.runs = {}
        self._add(blocks)
        for file in self.files:
            if file.format and file.begun and file.path in states:
                file.resume(states[file.path])

    def _ending(self) -> Ending | None:
        told = together.ending(self.files)
        if told is not None or len(self.files) != 1:
            return told
        return twin.ending_beside(self.files[0].path)

    def _advance(self, now: float) -> Growths | None:
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
            blocks: list[Block] = []
            try:
                for file in self.files:
                    blocks += self._pull(file, now, whole=whole)
                    if whole:
                        blocks += self._counted(file, file.finish())
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

    def _reason(self, name: str, faults: Sequence[str]) -> str | None:
        if self.trouble is not None or self.defect is not None:
            return self.trouble or self.defect
        run = (self.runs or {}).get(name)
        if run is not None and run.tags:
            return reason.no_loss(run) if run.main_loss is None else None
        why = next((file.why for file in self.files if file.why), "")
        return reason.no_points(why, faults)
