"""``lrdoctor next``, ``compare`` and ``range-test``: a learning rate from the runs made so far."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lrdoctor.cli.options import AsJson, ConfigFile, OptimizerName, Paths
from lrdoctor.cli.table import table
from lrdoctor.diagnosis import Suggestion
from lrdoctor.reports._layout import paragraph
from lrdoctor.reports._words import rate, shown

if TYPE_CHECKING:
    from lrdoctor.experiment import Other
    from lrdoctor.learning_rate.comparison import Comparison
    from lrdoctor.learning_rate.kinship import Setting
    from lrdoctor.learning_rate.trial import Trial


def next_(paths: Paths, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """From the runs made so far: the learning rate to try next.

    Example: lrdoctor next runs/lr-1e-3/ runs/lr-1e-2/
    """
    from lrdoctor import config as settings
    from lrdoctor import experiment

    suggestion, others = experiment.next_of_each(paths, config=settings.load(config))
    if as_json:
        told = {**suggestion.to_dict(), "others": [other.to_dict() for other in others]}
        print(json.dumps(told, allow_nan=False))
        return
    _tell(suggestion, as_json)
    if others:
        head = ("differs in", "runs", "next", "best so far")
        print("\n".join(["", *table([head, *map(_beside, others)])]))


def _beside(other: Other) -> tuple[str, ...]:
    """A row of another experiment: ``optimizer=sgd``, its runs, the rate to try."""
    told = [f"{name}={_plain(value)}" for name, value in list(other.settings.items())[:3]]
    more = ", …" if len(other.settings) > len(told) else ""
    value, best = other.suggestion.value, other.suggestion.best or ""
    return (shown(", ".join(told)) + more, str(other.runs),
            "enough" if value is None else rate(value), shown(best))  # fmt: skip


def _plain(value: Setting) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def compare(
    paths: Paths,
    by: Annotated[Literal["final", "best"], typer.Option(help="Which loss counts.")] = "final",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Runs side by side: loss against rate, which are as good.

    Example: lrdoctor compare runs/lr-*/
    """
    from lrdoctor import config as settings
    from lrdoctor import experiment

    told = experiment.compare(paths, by, config=settings.load(config))
    if as_json:
        print(json.dumps(told.to_dict(), allow_nan=False))
        return
    print("\n".join(paragraph(shown(line)) for line in _side_by_side(told)))


def range_test(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The log of a range test.")],
    optimizer: OptimizerName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """From a range test's log: the rate to use, with its band.

    Example: lrdoctor range-test lr_find.csv --optimizer adamw
    """
    from lrdoctor import config as settings
    from lrdoctor import experiment

    told = experiment.range_test(path, optimizer=optimizer, config=settings.load(config))
    _tell(told, as_json)


def _tell(suggestion: Suggestion, as_json: bool) -> None:
    if as_json:
        print(json.dumps(suggestion.to_dict(), allow_nan=False))
        return
    print(paragraph(shown(suggestion.reason)))
    if suggestion.value is None and suggestion.best is not None:
        print(f"Keep {shown(suggestion.best)}")
    if suggestion.low is not None and suggestion.high is not None:
        print(
            f"Good rates probably lie between {rate(suggestion.low)} and {rate(suggestion.high)}."
        )


def _side_by_side(told: Comparison) -> Iterator[str]:
    yield f"{told.sentence}."
    yield ""
    rows = [("rate", "loss", "behind", "", "run"), *map(_row(told), told.trials)]
    yield from table(rows, right=3)
    yield ""
    if len(told.trials) > 1:
        yield f"As good: within {told.tolerance:.2g} of the best, {told.tolerance_reason}."
    if told.unclean:
        yield f"Not a clean sweep: the runs also differ in {', '.join(told.unclean[:6])}."
    yield told.suggestion.reason


def _row(told: Comparison) -> Callable[[Trial], tuple[str, ...]]:
    def row(trial: Trial) -> tuple[str, ...]:
        loss = trial.final if told.measure == "final" else trial.best
        behind = "" if trial.behind is None else f"+{trial.behind:.3g}" if trial.behind else "best"
        return (rate(trial.rate), "none" if loss is None else f"{loss:.4g}", behind,
                outcome(trial, told), trial.name)  # fmt: skip

    return row


def outcome(trial: Trial, told: Comparison) -> str:
    """What is said of a run beside the others; nothing where there are none."""
    if trial.outcome != "good":
        return trial.outcome.replace("_", " ")
    return "as good" if len(told.trials) > 1 else ""
