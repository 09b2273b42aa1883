"""Finds what a package's modules define, so that adding a rule or a reader is adding one file.

A module's name with dashes is the name of what it defines, everywhere: config, output, docs,
sample folder. Modules whose name begins with an underscore are shared parts, not entries.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TypeVar

from lrdoctor.errors import ExtensionError

T = TypeVar("T")


def classes(package: ModuleType, root: type[T]) -> dict[str, type[T]]:
    """The concrete subclasses of ``root`` that ``package``'s modules define, one a module, by name.

    Other distributions add to them through the entry-point group named like the package
    (``lrdoctor.rules``, ``lrdoctor.readers``).

    Raises:
        ExtensionError: a module or an entry point fails to import, a module defines not exactly
            one, or two have the same name.
    """
    found = {name_of(module): _one_class(module, root) for module in _modules(package)}
    for entry in entry_points(group=package.__name__):
        loaded, named = _loaded(entry), f"entry point {entry.name!r} ({entry.value})"
        if not (inspect.isclass(loaded) and issubclass(loaded, root)):
            raise ExtensionError(f"{named} is no {root.__name__}")
        if entry.name in found:
            raise ExtensionError(f"{named} takes the name of a {root.__name__} that is there")
        found[entry.name] = loaded
    return dict(sorted(found.items()))


def functions(package: ModuleType) -> dict[str, Callable[..., object]]:
    """The functions of ``package``'s modules that carry their module's name, by name.

    Raises:
        ExtensionError: a module fails to import, or has no function of its own name.
    """
    found: dict[str, Callable[..., object]] = {}
    for module in _modules(package):
        own = module.__name__.rpartition(".")[2]
        function = getattr(module, own, None)
        if not inspect.isfunction(function):
            raise ExtensionError(f"{module.__name__} defines no function {own}()")
        found[name_of(module)] = function
    return dict(sorted(found.items()))


def name_of(module: ModuleType) -> str:
    """``lrdoctor.rules.hidden_nan`` -> ``hidden-nan``."""
    return module.__name__.rpartition(".")[2].replace("_", "-")


def _modules(package: ModuleType) -> list[ModuleType]:
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        name = f"{package.__name__}.{info.name}"
        try:
            found.append(importlib.import_module(name))
        except Exception as error:
            # Whatever a contributor's module raises, the answer must name the file.
            raise ExtensionError(f"{name} fails to import: {error}") from error
    return found


def _loaded(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        # As of a module: the answer must name the package to mend or to uninstall.
        where = entry.dist.name if entry.dist else "a package"
        raise ExtensionError(
            f"entry point {entry.name!r} ({entry.value}) of {where} fails to import: {error}"
        ) from error


def _one_class(module: ModuleType, root: type[T]) -> type[T]:
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, root)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
    ]
    if len(own) != 1:
        raise ExtensionError(
            f"{module.__file__}: defines {len(own)} {root.__name__} classes, exactly one is needed"
        )
    return own[0]
