"""How figures and names are written for people, the same in every report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lrdoctor.diagnosis import Action, Advice, Diagnosis, Finding, Status, Verdict
from lrdoctor.rate import format_rate
from lrdoctor.reports import Outcome

# Control, format (bidi marks, zero-width), surrogate, private, unassigned; line and paragraph
# separators: what could move the cursor, recolour the terminal or reorder what stands around it.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

CAUSES = {
    Verdict.TOO_HIGH: "learning rate too high",
    Verdict.TOO_LOW: "learning rate too low",
}

_CALLS = {
    Status.CRITICAL: ("needs you now", "need you now"),
    Status.WARNING: ("needs a look", "need a look"),
    Status.WATCHING: ("is worth watching", "are worth watching"),
}


def shown(text: str) -> str:
    """Text from a log or a file name with every character visible: ESC becomes ``\\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


# Where the screen groups them, too (`prose` in assets/screen/words.js): "lr-1000" is a name.
_COUNTED = re.compile(r"\b(step|epoch|row|line|of|from|to) (\d{4,15})\b", re.I)


def prose(text: str) -> str:
    """A sentence of ours, with large counts as people write them: ``step 3180`` -> ``step 3,180``.

    What a log has put into it is visible, as ``shown`` makes it.
    """
    return _COUNTED.sub(lambda found: f"{found[1]} {int(found[2]):,}", shown(text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def rate(value: float) -> str:
    """A learning rate with three digits at most: ``0.3``, ``3e-4``, ``2.5e-3``."""
    return format_rate(value, 3)


def change(factor: float) -> str:
    """``0.1`` -> ``10× lower``."""
    if factor == 1:
        return "the same"
    times = 1 / factor if factor < 1 else factor
    figure = f"{times:.2g}" if times < 99.5 else f"{float(f'{times:.2g}'):,.0f}"
    return f"{figure}× {'lower' if factor < 1 else 'higher'}"


def percent(share: float) -> str:
    """A certainty in words; no log makes anything quite certain."""
    return "over 99%" if share > 0.99 else f"{share:.0%}"


def size(count: int) -> str:
    """Bytes in decimal units: ``1.2 GB``."""
    figure = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if figure < 999.5:
            digits = 0 if unit == "B" or figure >= 9.95 else 1
            return f"{figure:.{digits}f} {unit}"
        figure /= 1000
    return f"{figure:.1f} TB"


def problems(one: Diagnosis) -> str:
    """How many records could not be read, or rules failed, and the first of them."""
    first, *rest = one.problems
    where = "" if first.line is None else f"line {first.line:,}: "
    told = f"{plural(len(one.problems), 'problem')}, the first: " if rest else ""
    return f"{told}{where}{shown(first.what)}"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def answer(diagnoses: Sequence[Diagnosis]) -> tuple[str, str]:
    """The first line: what the reader most wants to know, and a cause that the worst share."""
    runs = plural(len(diagnoses), "run")
    for status, verbs in _CALLS.items():
        these = [one for one in diagnoses if one.status is status]
        if these:
            return f"{len(these):,} of {runs} {verbs[len(these) > 1]}.", _cause(these)
    healthy = sum(one.status is Status.HEALTHY for one in diagnoses)
    if not diagnoses:
        return "No run found.", "No file there looks like a training log."
    if healthy == 1 == len(diagnoses) and diagnoses[0].learning_rate.schedule == "range-test":
        return diagnoses[0].headline, ""
    if healthy == len(diagnoses):
        return ("The run looks healthy." if healthy == 1 else f"All {runs} look healthy."), ""
    if all(one.status is Status.UNREADABLE for one in diagnoses):
        return ("The log cannot" if len(diagnoses) == 1 else "Not one log can") + " be read.", ""
    if healthy:
        looks = "looks" if healthy == 1 else "look"
        return f"{healthy:,} of {runs} {looks} healthy; the rest cannot be judged.", ""
    return "No run can be judged yet.", ""


def _cause(these: Sequence[Diagnosis]) -> str:
    verdicts = {one.learning_rate.verdict for one in these}
    if len(these) < 2 or len(verdicts) != 1:
        return ""
    cause = CAUSES.get(verdicts.pop())
    return f"{'Both' if len(these) == 2 else 'All'} share a cause: {cause}." if cause else ""


def main_finding(one: Diagnosis) -> Finding | None:
    """The finding behind the headline; where that tells of none, the worst that stands."""
    if one.told is not None:
        return one.told
    order = ("critical", "warning", "info")
    return min(
        one.findings,
        key=lambda f: (f.resolved, order.index(f.severity.value), -f.confidence),
        default=None,
    )


def findings(one: Diagnosis) -> list[str]:
    """Each finding in a line: rule, how bad, how sure, since when, and what was seen."""
    return [
        f"{f.rule} ({f.severity.value}{', resolved' if f.resolved else ''},"
        f" {percent(f.confidence)} sure) since {one.x_axis} {f.onset_step:,}: {prose(f.message)}"
        for f in one.findings
    ]


def onset_share(one: Diagnosis) -> float | None:
    """Where the trouble behind the headline began, from 0 (the first step) to 1; None: nowhere."""
    finding = main_finding(one)
    if finding is None or one.first_step is None or one.last_step is None:
        return None
    share = (finding.onset_step - one.first_step) / max(1, one.last_step - one.first_step)
    return min(max(share, 0.0), 1.0)


def read(outcome: Outcome) -> str:
    """What was read, and in what time."""
    count = plural(len(outcome.diagnoses), "run")
    return f"{count}, {size(outcome.bytes_read)} read in {outcome.seconds:.1f} s."


def evidence(one: Diagnosis, rate_is_wrong: bool) -> str:
    """What decided: the facts against the rate where it is to be changed, else the finding's, and
    of a training that died its log's last words and what to do: no rate ended it."""
    finding = main_finding(one)
    if finding is None or (rate_is_wrong and finding.rule != "crash"):
        return "; ".join(one.learning_rate.evidence[:2])
    does = [a.reason for a in one.advice[:1] if a.rule == finding.rule == "crash"]
    return " ".join([finding.message, *does])


def attempt(one: Diagnosis) -> tuple[str, str, str] | None:
    """The ``try`` line in three parts: rate now, rate to try, why and what else to do.

    Without a known rate the first part is empty and the second says by how much. None for a log
    too short to judge: a rate named beside that would be followed.
    """
    lr = one.learning_rate
    if one.status is Status.TOO_SHORT:
        return None
    wrong = {Verdict.TOO_LOW: " that it was too low", Verdict.TOO_HIGH: " that it was too high"}
    of = wrong.get(lr.verdict, "")
    sure = [f"{percent(lr.confidence)} sure{of}"] if lr.confidence > 0 else []
    changed = [] if lr.factor is None or lr.factor == 1 else [change(lr.factor)]
    if lr.suggested is not None and lr.factor != 1:
        old = "" if lr.value is None else rate(lr.value)
        return old, rate(lr.suggested), _notes(changed + sure, one)
    if changed:
        return "", f"a rate {changed[0]}", _notes(sure, one)
    return None


def _notes(first: list[str], one: Diagnosis) -> str:
    return "; ".join([*([", ".join(first)] if first else []), *_further(one.advice, one.x_axis)])


def _restart(back: Advice, axis: str) -> str:
    """The checkpoint to go back to, or of which steps it may be."""
    if back.checkpoint is not None:
        return back.checkpoint
    if back.sound_step is not None:
        return f"{axis} {back.sound_step:,} or earlier"
    return f"{axis} {back.from_step:,}"


def _further(advice: Sequence[Advice], axis: str) -> list[str]:
    said = []
    for one in advice:
        if one.rule in ("crash", "overfitting"):
            continue  # told with its log's last words; a checkpoint to keep, not to go on from
        if one.action is Action.RESTORE_CHECKPOINT and one.from_step is not None:
            said.append(f"restart from {shown(_restart(one, axis))}")
        elif one.action is Action.CLIP_GRADIENTS:
            said.append("clip gradients")
        elif one.action is Action.LENGTHEN_WARMUP:
            said.append("lengthen the warmup")
    return list(dict.fromkeys(said))
