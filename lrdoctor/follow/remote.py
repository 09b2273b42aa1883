"""Logs elsewhere, as fsspec reaches them, followed through a copy on this machine.

A copy grows as its original does: only the new bytes are fetched, together with a few before them
that prove that it is still the same file. Everything else looks at the copies as at any other
files, so that each point is read exactly once, also after a restart.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Container, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from lrdoctor.errors import UsageError
from lrdoctor.follow import transfer
from lrdoctor.follow.find import SKIPPED
from lrdoctor.follow.naming import unique
from lrdoctor.follow.place import Place
from lrdoctor.follow.transfer import Info

EVERY = 10.0
"""Seconds between two looks at a URL: each costs a listing, which some stores charge for."""

LARGEST_SIDE = 1 << 20
"""Bytes of a file that is no log but may tell how a run was set up."""

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:{1,2}//")
_SIDES = (".json", ".yaml", ".yml", ".toml")
_DATABASE = b"SQLite format 3\0"
_STAMPS = ("size", "ETag", "etag", "md5Hash", "generation", "version_id", "Last-Modified",
           "LastModified", "last_modified", "mtime", "modified", "updated", "created")  # fmt: skip
"""What the file systems of fsspec say that changes with a file."""

_OF_ONE_FILE = (FileNotFoundError, PermissionError, FileExistsError, NotADirectoryError,
                IsADirectoryError)  # fmt: skip
"""What file systems say of one file: it went meanwhile, is archived or another's, or its name is
that of a folder as well, as buckets allow."""


def is_url(path: str) -> bool:
    """Whether a path is to be reached through fsspec."""
    return _URL.match(path) is not None


def without_secrets(url: str) -> str:
    """The URL as it may be shown and kept: no password, no key in a query.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{url} is no URL: {error}") from error
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, user.partition(":")[0] + at + host, parts.path, "", ""))


class Remote:
    """One URL and its copy."""

    def __init__(
        self,
        url: str,
        folder: Path,
        wanted: Callable[[str], bool],
        sides: Container[str],
        shown: str | None = None,
    ) -> None:
        """
        Args:
            folder: for the copies; of this URL alone.
            wanted: whether a file of this path may be a log.
            sides: names of files that tell how the run of a log beside them was set up.
            shown: what the URL is called; None: itself, without secrets.
        """
        self.shown = shown or without_secrets(url)
        self.there = True
        self.trouble = ""
        """Why it is out of reach; the copies stay as they are."""
        self.path = folder
        """The copy of what the URL names: a folder, or a file in it."""
        self._url = url
        self._folder = folder
        self._wanted, self._sides = wanted, sides
        self._stamps: dict[str, list[str]] = {}
        self._looked_at = -EVERY

    def look(self, now: float) -> None:
        """Fetch what is new, unless the last look was just now.

        Args:
            now: UTC seconds; 0: at any rate.
        """
        if now and 0 <= now - self._looked_at < EVERY:
            return
        self._looked_at, self.trouble = now, ""
        try:
            self._fetch()
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            self.trouble = self._said(error)

    def _fetch(self) -> None:
        import fsspec

        files, root = fsspec.core.url_to_fs(self._url)
        files.invalidate_cache()
        found = self._found(files, root)
        for name in self._copies() - found.keys():
            (self._folder / name).unlink()
            self._stamps.pop(name, None)
        for name, info in found.items():
            stamp = [str(info[key]) for key in _STAMPS if info.get(key) is not None]
            if self._stamps.get(name) != stamp:
                try:
                    self._copy(files, name, info)
                except _OF_ONE_FILE as error:  # the others are read all the same
                    self.trouble = f"{name}: {self._said(error)}"
                    continue
                self._stamps[name] = stamp

    def _found(self, files: Any, root: str) -> dict[str, Info]:
        """What is wanted there, by the path below the URL."""
        try:
            alone = files.info(root)
        except FileNotFoundError as error:
            cause = error.__cause__
            if cause is not None and not isinstance(cause, FileNotFoundError):
                raise cause from None  # no answer is not the answer that it is not there
            self.there = False
            return {}
        self.there = True
        name = root.rstrip("/").rpartition("/")[2]
        if alone["type"] == "file" and not root.endswith("/"):
            self.path = self._folder / (name if _is_safe(name) else "log")
            return {self.path.name: {**alone, "name": root}, **self._beside(files, root)}
        self.path = self._folder
        found: dict[str, Info] = {}
        for path, info in sorted(files.find(root, detail=True).items()):
            name = path[len(root) :].lstrip("/")
            if not _is_safe(name):
                continue
            if info.get("size") is None:
                info = files.info(path)
            if self._is_side(name, info) or self._wanted(str(self._folder / name)):
                found[name] = {**info, "name": path}
        return found

    def _beside(self, files: Any, root: str) -> dict[str, Info]:
        """Files beside a single log that may tell how its run was set up."""
        try:
            found = files.ls(root.rpartition("/")[0], detail=True)
        except Exception:  # noqa: BLE001 - where folders cannot be listed there is none to find
            return {}
        named = {info["name"].rpartition("/")[2]: info for info in found}
        return {name: info for name, info in named.items() if name in self._sides}

    def _is_side(self, name: str, info: Info) -> bool:
        """Whether it may tell how a run was set up, or be a metric in a folder of these."""
        *folders, file = name.split("/")
        small = (info.get("size") or 0) <= LARGEST_SIDE
        return "metrics" in folders or (small and (file.endswith(_SIDES) or "." not in file))

    def _copy(self, files: Any, name: str, info: Info) -> None:
        copy = self._folder / name
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = info.get("size")
        if size is None or not (
            self._is_begun(name, copy, size) and transfer.append(files, info, copy)
        ):
            transfer.replace(files, info, copy)
        modified = transfer.modified(info)
        if modified is not None:
            os.utime(copy, (modified, modified))

    def _is_begun(self, name: str, copy: Path, size: int) -> bool:
        """Whether the copy may be the first part of the file."""
        try:
            with copy.open("rb") as file:
                head, have = file.read(len(_DATABASE)), os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            return False
        # Where the file changed without growing it was written anew; a database always is.
        grown = size > have or (size == have and name not in self._stamps)
        return have > 0 and grown and head != _DATABASE

    def _copies(self) -> set[str]:
        return {
            path.relative_to(self._folder).as_posix()
            for path in self._folder.rglob("*")
            if path.is_file()
        }

    def _said(self, error: Exception) -> str:
        if isinstance(error, ModuleNotFoundError) and error.name == "fsspec":
            return "to read URLs, pip install 'lrdoctor[remote]'"
        said = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, ImportError):
            package = re.search(r"[Ii]nstall ['\"]?([\w.-]+)", said)
            return f"{said}: pip install {package[1] if package else 'it'}"
        secrets = [self._url, urlsplit(self._url).query, urlsplit(self._url).password or ""]
        for secret in filter(None, secrets):
            said = said.replace(secret, self.shown if secret == self._url else "…")
        return f"out of reach: {said[:300]}"


class Remotes:
    """The URLs among some paths."""

    def __init__(
        self,
        paths: Sequence[str],
        folder: Path | None,
        wanted: Callable[[str], bool],
        sides: Container[str],
    ) -> None:
        """
        Args:
            folder: where copies are kept from one process to the next; None: nowhere.
            wanted, sides: see ``Remote``.
        """
        self.shown: list[str] = []
        """All the paths, as they may be shown and kept."""
        self._by_path: dict[str, Remote | None] = {}
        urls = [path for path in paths if is_url(path)]
        if urls and folder is None:
            folder = Path(tempfile.mkdtemp(prefix="lrdoctor-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        for path in paths:
            remote = None
            if is_url(path) and folder is not None:
                # What differs by its query alone is not the same for that.
                shown = unique(without_secrets(path), self.shown)
                digest = blake2b(shown.encode(), digest_size=12).hexdigest()
                remote = Remote(path, folder / digest, wanted, sides, shown)
                remote.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._by_path[path] = remote
            self.shown.append(path if remote is None else remote.shown)

    def look(self, now: float) -> tuple[str, ...]:
        """Fetch what is new. Returns where the paths are on this machine.

        Args:
            now: UTC seconds; 0: at any rate.
        """
        here = []
        for path, remote in self._by_path.items():
            if remote is not None:
                remote.look(now)
            here.append(path if remote is None else str(remote.path))
        return tuple(here)

    def troubles(self) -> dict[str, str]:
        """Why URLs are not read just now, by what they are shown as."""
        return {
            remote.shown: remote.trouble or f"there is no {remote.shown}"
            for remote in self._remotes()
            if remote.trouble or not remote.there
        }

    def _remotes(self) -> Iterator[Remote]:
        return (remote for remote in self._by_path.values() if remote is not None)

    def outward(self, place: Place) -> Place:
        """The place with its URL for its path, where it is the copy of one."""
        for remote in self._remotes():
            here = str(remote.path)
            if place.root == here:
                there = remote.shown.rstrip("/")
                key, path = (there + at.removeprefix(here) for at in (place.key, place.path))
                return replace(place, key=key, path=path, root=remote.shown)
        return place


def _is_safe(name: str) -> bool:
    """Whether a path from elsewhere may be one on this machine, and is worth looking at."""
    parts = name.split("/")
    return all(
        part and not part.startswith(".") and part not in SKIPPED and len(part.encode()) < 200
        and not set(part) & set("\\\0?")
        for part in parts
    )  # fmt: skip
