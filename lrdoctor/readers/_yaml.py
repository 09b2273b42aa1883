"""YAML of strangers: plain values only, and one error for all that is broken."""

from __future__ import annotations

import yaml


def documents(text: bytes, loader: type) -> list[object]:
    """Every document that the text holds.

    Args:
        loader: one of PyYAML's safe ones.

    Raises:
        ValueError: it is no YAML, or nested too deeply.
    """
    try:
        return list(yaml.load_all(text, loader))
    # A tag that its value does not fit, such as ``!!int ""``, is answered with whatever the
    # constructor of that tag stumbles over.
    except (yaml.YAMLError, RecursionError, LookupError, AttributeError, TypeError,
            OverflowError) as error:  # fmt: skip
        raise ValueError("no YAML") from error
