"""Empty modules for what a framework imports and, in a recording, makes no use of."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import sys
from types import ModuleType
from typing import ClassVar
from unittest.mock import MagicMock

RELEASE = "0.28.0"


class _Empty(ModuleType):
    __path__: ClassVar[list[str]] = []
    __version__ = RELEASE

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=name)


class _Finder:
    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        known = name.split(".")[0] in self.names
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if known else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None: ...


def pretend(*names: str) -> None:
    """From here on importing these packages gives empty ones."""
    sys.meta_path.insert(0, _Finder(names))
    told = importlib.metadata.version
    importlib.metadata.version = lambda name: RELEASE if name in names else told(name)
