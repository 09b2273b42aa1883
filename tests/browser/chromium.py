"""Finds a Chromium for the browser tests; ``python chromium.py --install`` gets one.

Tried in turn: the program that ``LRDOCTOR_CHROMIUM`` names, one that is installed, Playwright's
own, the system's package manager where it may be used without asking.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "The browser tests need Chromium: install the package chromium or google-chrome, run "
    "'python -m playwright install chromium', or set LRDOCTOR_CHROMIUM to the program's path."
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip
"""What it is started with: nothing of its own reaches the network."""
_PACKAGES = (("apt-get", "install", "-y", "chromium"), ("dnf", "install", "-y", "chromium"),
             ("apk", "add", "chromium"), ("pacman", "-S", "--noconfirm", "chromium"))  # fmt: skip


def find_chromium() -> str | None:
    """The path of a Chromium that starts, or None."""
    told = os.environ.get("LRDOCTOR_CHROMIUM")
    if told:
        return told if _starts(told) else None
    installed = [path for name in NAMES if (path := shutil.which(name))]
    own = _playwrights_own()
    for path in [*installed, *MAC, *([own] if own else [])]:
        if Path(path).exists() and _starts(path):
            return path
    return None


def install() -> str | None:
    """Get one where none is found; the path, or None where every way failed."""
    if found := find_chromium():
        return found
    _run(sys.executable, "-m", "playwright", "install", "chromium", "--only-shell")
    if found := find_chromium():
        return found
    if os.name == "posix" and os.geteuid() == 0:
        for manager, *rest in _PACKAGES:
            if shutil.which(manager):
                if manager == "apt-get":
                    _run(manager, "update")
                _run(manager, *rest)
                break
    return find_chromium()


def _starts(path: str) -> bool:
    """Whether the program runs here: a distribution's stub that only points to a shop does not."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"Chrom" in done.stdout


def _playwrights_own() -> str | None:
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            own = Path(playwright.chromium.executable_path)
    except Error:
        return None
    if own.exists():
        return str(own)
    # The headless shell lies beside the whole browser, and is what --only-shell gets.
    shells = own.parents[2].glob("chromium_headless_shell-*/*/*headless*shell*")
    return next((str(shell) for shell in shells if os.access(shell, os.X_OK)), None)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{command[0]}: {error}\n")


if __name__ == "__main__":
    path = install() if "--install" in sys.argv[1:] else find_chromium()
    if path is None:
        sys.exit(MISSING)
    sys.stdout.write(f"{path}\n")
