"""One log followed: its files' growth becomes the growth of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from lrdoctor.diagnosis import Problem
from lrdoctor.follow.find import Place
from lrdoctor.follow.tail import HEAD
from lrdoctor.monitor import reason
from lrdoctor.monitor.file import AnewError, LogFile
from lrdoctor.monitor.growth import Growth, difference
from lrdoctor.run import Block, Run, Settings

ATTEMPTS = 3
"""A log that is replaced again while it is read is left to the next look after so many times."""


QUIET = 60.0
"""Seconds without growth after which a log is read to its unfinished end and no longer called
growing. Growth may still come: then that end is read again."""


class Log:
    """The files of one place and the run that they tell of."""

    def __init__(self, place: Place, columns: Mapping[str, str], beat: Callable[[], None]) -> None:
        self.place = place
        self.name = ""
        self.files = [LogFile(path) for path in place.files]
        self.run: Run | None = None
        """None: never read, or let go of to save memory."""
        self.trouble: str | None = None
        """Why it cannot be looked at just now."""
        self.defect: str | None = None
        """How lrdoctor itself failed on it."""
        self.gone = False
        self.told = False
        """A diagnosis of it stands."""
        self.grown_at: float | None = None
        """When it last grew, UTC seconds; None: not read yet."""
        self.quiet_at = 0.0
        """When it will have been quiet for long enough to be finished, UTC seconds."""
        self.finished = False
        """It was quiet for so long, and its unfinished end was read."""
        self.look_again_at = 0.0
        """When a log that does not grow is diagnosed again, UTC seconds."""
        self._held = False
        """The files were rewritten, but not yet to their end."""
        self._columns = columns
        self._beat = beat

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
        return 0 if self.run is None else sum(map(len, self.run.tags.values()))

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
            self.files = [kept.get(path) or LogFile(path) for path in place.files]
        return True

    def rests(self, now: float) -> bool:
        """Whether nothing at all is to be done about it: told, unchanged, and not due."""
        due = now >= self.look_again_at or not (self.finished or now < self.quiet_at)
        return self.told and not due and not self.gone and not self.look()

    def look(self) -> bool:
        """Whether there may be something to read or to tell. One ``stat`` a file."""
        if self.trouble is not None or not self.files:
            return True
        try:
            return any(file.tail.look() for file in self.files)
        except OSError:
            return True

    def advance(self, now: float) -> Growth | None:
        """Read what the files gained; None where that changed nothing.

        The run must have been restored first if the log was begun in another process.
        """
        former, self.trouble, self.defect = self.trouble, None, None
        try:
            growth = self._advance(now)
        except FileNotFoundError:
            growth = None  # deleted since it was found: the next search tells
        except OSError as error:
            growth, self.trouble = None, reason.out_of_reach(error)
        if growth is None and former != self.trouble:
            return Growth()
        return growth

    def finish(self, now: float) -> Growth | None:
        """The files will grow no more for a while: read their unfinished ends."""
        try:
            try:
                return self._again(now, whole=True) if self._held else self._finish(now)
            except AnewError:
                return self._again(now, whole=True)
        except OSError as error:
            self.trouble = reason.out_of_reach(error)
            self.files = []  # half finished: read it again once it can be read
            return None

    def _finish(self, now: float) -> Growth | None:
        told = self._told()
        blocks: list[Block] = []
        for file in self.files:
            if file.waits:
                blocks += self._pull(file, now, whole=True)
            blocks += self._counted(file, file.finish())
        self._add(blocks)
        return Growth(blocks=blocks) if blocks or told != self._told() else None

    def problems(self) -> list[Problem]:
        """What could not be read, the reason for reading nothing at all first."""
        shown = self.place.path
        found = [problem for file in self.files for problem in file.problems(shown)]
        stopped = self._reason([problem.what for problem in found])
        return [Problem(shown, None, stopped), *found] if stopped else found

    def settle(self, settings: Settings, observed_at: float | None) -> Run | None:
        """The run, ready to be diagnosed; None where nothing could be read.

        Args:
            settings: told by the files beside the log.
            observed_at: UTC seconds; None where nobody watches.
        """
        run = self.run
        if run is None or not run.tags:
            return None
        run.name, run.path, run.format = self.name, self.place.path, self.format
        run.observed_at = observed_at
        run.settings = settings
        readers = [file.reader for file in self.files if file.reader is not None]
        run.x_axis = next((r.x_axis for r in readers if r.x_axis != "row"), "row")
        for reader in reversed(readers):
            run.settings = reader.settings.merged(run.settings)
        if run.resumes:
            # In which order tags are told of depends on where the bytes were cut.
            order = {tag: at for at, tag in enumerate(run.tags)}
            run.resumes.sort(key=lambda resume: order[resume.tag])
        return run

    def give_up(self, now: float, error: Exception) -> None:
        """A reader broke on it: wait until it changes, then begin anew."""
        self.defect = reason.defect(self.format, error)
        self.run = None
        self.files = [LogFile(path) for path in self.place.files]
        for file in self.files:
            with suppress(OSError):  # told at the next look
                file.tail.mark = file.tail.read(now, size=HEAD).untaken

    def let_go(self) -> None:
        """Free the memory; ``restore`` takes it up again."""
        self.run = None
        for file in self.files:
            file.reader = None

    def restore(self, blocks: Sequence[Block], states: Mapping[str, bytes]) -> None:
        """Take up the run and the readers as another process left them."""
        self.run = self._new_run()
        self._add(blocks)
        for file in self.files:
            if file.format and file.begun and file.path in states:
                file.resume(states[file.path])

    def _advance(self, now: float) -> Growth | None:
        if not self.files:
            return self._again(now)
        if self.run is None:
            self.run = self._new_run()
        told = self._told()
        blocks: list[Block] = []
        try:
            for file in self.files:
                if not file.tail.look():
                    continue
                if file.begun and file.reader is not None and file.reader.rewritten:
                    raise AnewError
                blocks += self._pull(file, now)
        except AnewError:
            return self._again(now)
        except OSError:
            self._add(blocks)
            if blocks:
                return Growth(blocks=blocks)
            raise
        self._add(blocks)
        return Growth(blocks=blocks) if blocks or told != self._told() else None

    def _pull(self, file: LogFile, now: float, *, whole: bool = False) -> list[Block]:
        return self._counted(file, file.pull(now, self._beat, whole=whole))

    def _counted(self, file: LogFile, blocks: list[Block]) -> list[Block]:
        """The blocks, noted as this file's.

        Raises:
            AnewError: they belong before points that a later file has brought.
        """
        if len(self.files) == 1 or not blocks:
            return blocks
        brought = {block.tag for block in blocks}
        later = self.files[self.files.index(file) + 1 :]
        new = brought.difference(file.notes.tags)
        if any(brought.intersection(other.notes.tags) for other in later) or (
            new and any(other.notes.tags for other in later)
        ):
            raise AnewError
        file.notes.tags += sorted(new)
        return blocks

    def _again(self, now: float, *, whole: bool = False) -> Growth | None:
        """Read everything from the beginning; what stands as before is not told as new."""
        former_run, former_files = self.run, self.files
        for _ in range(ATTEMPTS):
            self.run = self._new_run()
            self.files = [LogFile(path) for path in self.place.files]
            blocks: list[Block] = []
            try:
                for file in self.files:
                    blocks += self._pull(file, now, whole=whole)
                    if whole:
                        blocks += self._counted(file, file.finish())
            except AnewError:
                continue
            except OSError:
                self.run, self.files = former_run, former_files
                raise
            self._held = not whole and not blocks and self._half_written(former_run)
            if self._held:
                self.run = former_run
                return None
            self._add(blocks)
            return difference(former_run, self.run, blocks)
        self.run, self.files = former_run, former_files
        return None

    def _half_written(self, former: Run | None) -> bool:
        """A document that replaces an older one is not whole yet: the older one still holds."""
        readers = [file.reader for file in self.files if file.reader is not None]
        return bool(former and former.tags and readers) and all(r.rewritten for r in readers)

    def _add(self, blocks: Sequence[Block]) -> None:
        if blocks:
            if self.run is None:
                self.run = self._new_run()
            for block in blocks:
                self.run.add(block)

    def _new_run(self) -> Run:
        return Run(self.name, self.place.path, self.format, columns=self._columns)

    def _told(self) -> tuple[tuple[str, str, int, int], ...]:
        return tuple((f.format, f.why, len(f.notes.faults), f.notes.untold) for f in self.files)

    def _reason(self, faults: Sequence[str]) -> str | None:
        if self.trouble is not None or self.defect is not None:
            return self.trouble or self.defect
        if self.run is not None and self.run.tags:
            return reason.no_loss(self.run) if self.run.main_loss is None else None
        why = next((file.why for file in self.files if file.why), "")
        return reason.no_points(why, faults)
