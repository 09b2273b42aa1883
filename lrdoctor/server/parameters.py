"""Parameters of requests, checked. What cannot be meant is refused with one line that says why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from lrdoctor.server.refused import Refusal, refused

_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
Word = TypeVar("Word", bound=str)
SMALLEST, LARGEST = -(2**63), 2**63 - 1


def integer(
    parameters: Mapping[str, str], name: str, *, low: int = SMALLEST, high: int = LARGEST
) -> int | None:
    """The whole number of this name; None where it is not given or empty.

    Raises:
        Refusal: it is no whole number, or not in ``low`` to ``high``.
    """
    text = parameters.get(name, "")
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise Refusal(refused(400, f"{name} must be a whole number, {_range(low, high)}"))
    return int(text)


def cursor(parameters: Mapping[str, str], name: str) -> int | None:
    """A version that the client has seen; None where it names none.

    Raises:
        Refusal: it is no version.
    """
    return integer(parameters, name, low=0)


def listed(parameters: Mapping[str, str], name: str, *, most: int) -> list[str]:
    """Words with commas between them, at least one.

    Raises:
        Refusal: there is none, or there are more than ``most``.
    """
    words = [word for word in parameters.get(name, "").split(",") if word]
    if not words:
        raise Refusal(refused(400, f"{name} is missing"))
    if len(words) > most:
        raise Refusal(refused(400, f"{name} names {len(words)}: {most} at most"))
    return words


def numbers(parameters: Mapping[str, str], name: str, *, most: int) -> list[float]:
    """Numbers with commas between them, at least one; ``nan`` and ``inf`` are numbers.

    Raises:
        Refusal: there is none, there are more than ``most``, or one is no number.
    """
    words = listed(parameters, name, most=most)
    try:
        return [float(word) for word in words]
    except ValueError as error:
        raise Refusal(refused(400, f"{name} must be numbers with commas between them")) from error


def one_of(parameters: Mapping[str, str], name: str, words: Sequence[Word]) -> Word:
    """One of these words; the first where the parameter is not given or empty.

    Raises:
        Refusal: it is another.
    """
    asked = parameters.get(name, "") or words[0]
    for word in words:
        if word == asked:
            return word
    raise Refusal(refused(400, f"{name} must be one of {', '.join(words)}"))


def _range(low: int, high: int) -> str:
    if high < LARGEST:
        return f"{low} to {high}"
    return "of 64 bits" if low == SMALLEST else f"{low} or more"
