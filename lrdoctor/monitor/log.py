"""One log followed: whether it grows, what is wrong with it, what was said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from lrdoctor.diagnosis import Problem
from lrdoctor.follow.place import Place
from lrdoctor.follow.tail import HEAD
from lrdoctor.monitor import reason, together
from lrdoctor.monitor.contents import Contents
from lrdoctor.monitor.growth import Growth, Growths
from lrdoctor.run import Run, Settings

QUIET = 60.0
"""Seconds without growth after which a log is read to its unfinished end and no longer called
growing. Growth may still come: then that end is read again."""


class Log(Contents):
    """What is followed: the contents of a place, whether they grow, and what was said of them."""

    def __init__(
        self,
        place: Place,
        columns: Mapping[str, str],
        beat: Callable[[], None],
        strict: bool = False,
    ) -> None:
        super().__init__(place, columns, beat, strict)
        self.renamed = False
        """It has new names, under which it has not been diagnosed yet."""
        self.trouble: str | None = None
        """Why it cannot be looked at just now."""
        self.defect: str | None = None
        """How lrdoctor itself failed on it."""
        self.is_likely = False
        """It is called as the printed logs of trainings are; see ``Logs``."""
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

    @property
    def is_shown(self) -> bool:
        """Whether it is a log at all, as far as can be told."""
        return self.place.plain or bool(
            self.format or self.name or self.defect or (self.is_likely and self._ending())
        )

    @property
    def modified_at(self) -> float:
        """When a file of it was last written to, UTC seconds; 0 where it was never looked at."""
        marks = [file.tail.mark for file in self.files if file.tail.mark is not None]
        return max((mark.mtime_ns / 1e9 for mark in marks), default=0.0)

    def recognise(self, now: float) -> None:
        """Learn the formats of files that no reader has begun on."""
        try:
            for file in self.files:
                if not file.begun and file.recognise(now):  # it may end in a death now
                    self.grown_at, self.finished = min(self.modified_at, now), False
                    self.quiet_at = self.grown_at + QUIET
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
            growth = self.read_on(now)
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
            return self.read_out(now)
        except OSError as error:
            self.trouble = reason.out_of_reach(error)
            self.files = []  # half finished: read it again once it can be read
            return None

    def problems(self, name: str) -> list[Problem]:
        """What could not be read, the reason for reading nothing at all first.

        Args:
            name: of the run inside the log: what was skipped is told with the first one.
        """
        shown = self.place.shown
        found = [problem for file in self.files for problem in file.notes.problems(shown)]
        if name != next(iter(self.names), name):
            found = []
        stopped = self._reason(name, [problem.what for problem in found])
        return [Problem(shown, None, stopped), *found] if stopped else found

    def settle(self, name: str, settings: Settings, observed_at: float | None) -> Run | None:
        """One of the runs, ready to be diagnosed; None where nothing of it could be read, unless
        that is because the training died before its first figures.

        Args:
            name: of the run inside the log.
            settings: told by the files beside the log.
            observed_at: UTC seconds; None where nobody watches.
        """
        run = (self.runs or {}).get(name)
        if run is None or not run.tags:
            return self._stillborn(name)
        run.name, run.path, run.format = self.names[name], self.place.shown, self.format
        run.observed_at = None if self.ended(name) else observed_at
        run.x_axis = together.x_axis_of(name, self.files)
        run.settings = together.settings_of(name, self.files).merged(settings)
        # A traceback that the training survived is followed by figures: they are waited for.
        told = self.finished or run.ending is not None
        run.ending = self._ending() if told else None
        run.interruptions = together.interruptions(self.files)
        if run.resumes:
            # In which order tags are told of depends on where the bytes were cut.
            order = {tag: at for at, tag in enumerate(run.tags)}
            run.resumes.sort(key=lambda resume: order[resume.tag])
        return run

    def _stillborn(self, name: str) -> Run | None:
        """The run without a point that died before its first; None where none is told of."""
        readable = self.trouble is None and self.defect is None
        ending = self._ending() if self.finished and readable else None
        if ending is None:
            return None
        run = Run(self.names[name], self.place.shown, self.format or "console")
        run.ending = ending
        return run

    def give_up(self, now: float, error: Exception) -> None:
        """A reader broke on it: wait until it changes, then begin anew."""
        self.defect = reason.defect(self.format, error)
        self.runs = None
        self.files = [self._file(path) for path in self.place.files]
        for file in self.files:
            with suppress(OSError):  # told at the next look
                file.tail.mark = file.tail.read(now, size=HEAD).untaken

    def begin_anew(self) -> None:
        """Have it read from its beginning at the next look."""
        self.runs, self.files = None, []
        self.grown_at, self.finished = None, False

    def _reason(self, name: str, faults: Sequence[str]) -> str | None:
        if self.trouble is not None or self.defect is not None:
            return self.trouble or self.defect
        run = (self.runs or {}).get(name)
        if run is not None and run.tags:
            return reason.no_loss(run) if run.main_loss is None else None
        why = next((file.why for file in self.files if file.why), "")
        return reason.no_points(why, faults)
