"""Where a store lies that nobody named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from lrdoctor.errors import ServerError
from lrdoctor.follow.remote import is_url, without_secrets


def default_store(paths: Sequence[str | os.PathLike[str]]) -> Path:
    """The store's file for these paths: the same for the same paths, whatever their order.

    Raises:
        ServerError: the state folder cannot be made.
    """
    roots = sorted(
        {
            without_secrets(path) if is_url(path) else str(Path(path).expanduser().resolve())
            for path in [os.fspath(given) for given in paths]
        }
    )
    name = hashlib.blake2b("\0".join(roots).encode("utf-8", "surrogateescape"), digest_size=8)
    return state_folder() / f"{name.hexdigest()}.sqlite"


def state_folder() -> Path:
    """``lrdoctor`` under ``XDG_STATE_HOME`` or ``~/.local/state``, for this user alone.

    Raises:
        ServerError: it cannot be made.
    """
    # The standard says that a relative path there is to be ignored.
    told = Path(os.environ.get("XDG_STATE_HOME", ""))
    try:
        folder = (told if told.is_absolute() else Path.home() / ".local" / "state") / "lrdoctor"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except (OSError, RuntimeError) as error:
        raise ServerError(f"the state folder cannot be made ({error}): use --store FILE") from error
    return folder
