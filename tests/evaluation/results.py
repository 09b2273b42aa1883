"""``RESULTS.md`` and its picture, out of the figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import library_schedules
import schedule_mistakes
from coarse import ROWS
from figures import OTHERS
from foretold import TABLE
from stress import QUIET_NAMES, Row
from symptoms import ANSWERS, SYMPTOMS

from lrdoctor.learning_rate.next_rate import ENOUGH

Rows = Iterable[Sequence[object]]
HeldOut = Mapping[str, Mapping[str, Mapping[str, object]]]
"""By kind of families (``kin.REAL``) and key: figures."""
ABOUT = """# Results

`make evaluate` writes this page; nothing is trained. CI compares the figures with those in
`figures.json` and fails where one falls.

**Data.** `data/clinic.npz`: 1,462 recorded trainings of small real networks in 50 families, with
counterfactual truth: a rate is too high or too low only where another one, all else equal, ends
clearly lower. They are written as Keras CSV, Lightning CSV, Hugging Face `trainer_state.json`, JSON
lines, event files, Ultralytics CSV and mmengine JSON, and read back by `lrdoctor.check`.

**Split.** The rules' thresholds were chosen on these families and so are measured where they were
set. The certainties' coefficients are fitted on them, too, the verdict's on them and on further
families; figures called *held out* come from fits that saw no run of the task they are measured on,
each task in turn.
"""
_OTHERS = (
    "`data/more.npz`: 72 families of the clinic's kind with other tasks, floors, narrow windows, "
    "optimizers, scales and fine-tuning, 36 of them with its faults. Of these 18 were in sight "
    "when thresholds of flat, divergence and spike were last moved, the others not. Where a log "
    "holds no step of the fault, as with three bad batches of sixty in one that writes every "
    "tenth, or with a gradient of NaN of which an optimizer takes the sign, no rule can see it."
)


def page(figures: Mapping[str, Mapping[str, object]], aside: Mapping[str, object],
         peers: Mapping[str, Mapping[str, float]], commit: str, speed: Rows) -> str:  # fmt: skip
    """The page, as Markdown."""
    parts = [
        ABOUT,
        f"Measured at {commit}.",
        "## Symptoms, on runs without an injected fault",
        _symptoms(figures),
        "## Injected faults",
        "Found once a rule that answers to it fires at or after the fault; the delay is the share "
        "of the run in between.",
        _faults(figures),
        _broken(figures["broken"]),
        "## Families of other tasks",
        _others(figures),
        "## The same runs, logged by the epoch",
        _coarse(figures),
        "## Made-up curves",
        _made_up(figures["made up"], aside["made up"]),  # type: ignore[arg-type]
        "## Beside other tools",
        _peers(peers),
        "## How sure findings are",
        _certainty(aside),
        "## Verdict on the learning rate",
        _verdict(figures, aside),
        "## Where losses are foretold to stand",
        _foretold(figures),
        "## Schedules",
        _schedules(figures, aside),
        "## Logs that others published",
        _real(aside),
        "## Speed",
        table(("job", "figure"), speed),
    ]  # fmt: skip
    return "\n\n".join(part.strip() for part in parts) + "\n"


def table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *([short(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value == value else "–"
    return str(value)


def _symptoms(figures: Mapping[str, Mapping[str, object]], of: str = "") -> str:
    columns = ("runs", "precision", "recall")
    told = table(("symptom", *columns),
                 ((s, *(figures[of + s][k] for k in columns)) for s in SYMPTOMS))  # fmt: skip
    return f"{told}\n\n{_quiet(figures[of + 'nothing wrong'])}"


def _faults(figures: Mapping[str, Mapping[str, object]], of: str = "") -> str:
    columns = ("runs", "recall", "median delay", "critical before")
    return table(("fault", "runs", "found", "median delay", "critical before it"),
                 ((f, *(figures[of + f][k] for k in columns)) for f in ANSWERS))  # fmt: skip


def _others(figures: Mapping[str, Mapping[str, object]]) -> str:
    return "\n\n".join((_OTHERS, _symptoms(figures, OTHERS), _faults(figures, OTHERS)))


def _quiet(row: Mapping[str, object]) -> str:
    return (f"Of {row['runs']} runs with nothing wrong {short(row['critical'])} get a critical "
            f"finding and {short(row['warning'])} a warning, {short(row['unfounded'])} one of "
            "something else than overfitting that was there.")  # fmt: skip


def _broken(row: Mapping[str, object]) -> str:
    return (
        f"Of {row['by a batch']} losses that one batch of NaN broke {short(row['rate blamed'])} "
        "are held against the learning rate, by the verdict or by an advice; of "
        f"{row['by their rate']} that broke by their rate {short(row['rate acquitted'])} are not "
        "by both."
    )


def _coarse(figures: Mapping[str, Mapping[str, object]]) -> str:
    told = ("divergence", "flat", "rate too high")
    rows = ((n, row["runs"], row["unfounded"],
             *(row[f"{what} {k}"] for what in told for k in ("runs", "precision", "recall")))
            for n in ROWS for row in (figures[f"{n} rows"],))  # fmt: skip
    return (
        "In so many rows, each the mean of its stretch as Keras's CSV has it (`coarse.py`), judged "
        "by the truth of the whole run: the loss before training is in none of them. A rate counts "
        "as told to be too high where a warning of steps that are too long is given.\n\n"
        + table(("rows", "fine runs", "warned without ground",
                 *(f"{what} {k}" for what in told for k in ("runs", "precision", "recall"))), rows)
    )  # fmt: skip


def _made_up(row: Mapping[str, object], table_of: Mapping[tuple[str, str], Row]) -> str:
    kinds: dict[str, list[Row]] = defaultdict(list)
    for (kind, _), one in table_of.items():
        kinds[kind].append(one)
    return (
        "Drawn at random with truth known (`made_up.py`), under normal, skewed, heavy-tailed, "
        "autocorrelated and epoch-periodic noise; no threshold was chosen on these but `_APART`, "
        "on those of another seed `_AMONG` and `_BEYOND`. "
        f"Of those with nothing wrong {short(row['critical'])} get a critical finding and "
        f"{short(row['warned'])} a warning; of the troubles {short(row['found'])} are found. A "
        "warning counts as wrong where another trouble was drawn, or before it.\n\n"
        + table(("kind", "curves", "warned wrongly", "critical wrongly", "found"),
                ((kind.replace("_", " "), sum(r.curves for r in rows), _mean(rows, "warned"),
                  _mean(rows, "critical"),
                  "–" if kind in QUIET_NAMES else _mean(rows, "found"))
                 for kind, rows in kinds.items()))
    )  # fmt: skip


def _mean(rows: Sequence[Row], name: str) -> float:
    return float(sum(getattr(r, name) for r in rows) / sum(r.curves for r in rows))


def _peers(peers: Mapping[str, Mapping[str, float]]) -> str:
    if not peers:
        return "Not measured this time: their environment is not there (`make evaluate` makes it)."
    names = list(next(iter(peers.values())))
    note = ("All read the same CSV (runwise the same rows as JSON lines), each at its defaults. An "
            "alarm is a warning or worse, and a symptom counts as said where the check that comes "
            "closest to it alarms. losslint gives "
            "a loss that stands still as information only. The other tools tell no step at which "
            "they would have fired. A "
            "tool that alarms as often on the controls as on the faults has not seen the "
            "faults.")  # fmt: skip
    return f"{note}\n\n" + table(("tool", *names), ((t, *row.values()) for t, row in peers.items()))


def _certainty(aside: Mapping[str, object]) -> str:
    held: Mapping[str, object] = aside["held"]  # type: ignore[assignment]
    rows: list[Mapping[str, object]] = held["diagram"]  # type: ignore[assignment]
    return "\n\n".join(
        (
            f"{held['findings']} findings that hindsight can judge, held out by task. Calibration "
            f"error {held['error']}; of those said with 0.9 or more, "
            f"{held['right where 0.9 or more is said']} are right.",
            table(
                ("said", "right", "findings"), ([r["said"], r["right"], r["count"]] for r in rows)
            ),
            "![Said against right](reliability.svg)",
        )
    )


def _verdict(figures: Mapping[str, Mapping[str, object]], aside: Mapping[str, object]) -> str:
    row = figures["verdict"]
    out = table(("logs", *row), [("whole, as the package says", *row.values())])
    held: HeldOut = aside["verdict held out"]  # type: ignore[assignment]
    names = list(next(iter(held["clinic"].values())))
    more = table(("families, held out", "share of the run", *names),
                 ((of, share, *r.values()) for of, rows in held.items()
                  for share, r in rows.items()))  # fmt: skip
    played: HeldOut = aside["advice followed"]  # type: ignore[assignment]
    followed = table(
        ("families", "rates moved by, decades", "stops at", "solved after 1", "2", "3 retrains",
         "kept", "runs made"),
        ((of, *key.split(", "), *r["solved"], r["kept"], r["runs"])  # type: ignore[misc]
         for of, rows in played.items() for key, r in rows.items()),
    )  # fmt: skip
    tests = figures["range tests"]
    last = (f"Range tests: of {tests['tests']} the suggested rate ends well in "
            f"{short(tests['good'])}; held out by task in "
            f"{short(aside['range tests held out'])}.")  # fmt: skip
    return "\n\n".join((out, more, _FOLLOWED, followed, last))


_FOLLOWED = (
    f"Following `lrdoctor next` from every recorded start, with verdicts from fits that saw no run "
    f"of the task. Solved: one of the runs made ends well. Kept: the run does that it says to keep "
    f"once that is good with the probability in the third column (the package stops at {ENOUGH}) "
    f"or three retrains are made. With rates moved by two decades, as another unit of the rate "
    f"would, usual rates mislead. Torch's are random families of `families/recorded_by_torch.py`, "
    f"more those of `data/more.npz`; their windows are narrower: a median of 1.1 and "
    f"1.4 decades, the clinic's 1.5."
)


_AHEAD = (
    "At 0.5, 0.7 and 0.9 of the points of runs without a fault, told when they will end "
    "(`foretold.py`): how often the loss comes to stand in the band of nine in ten, the band's "
    "median width and the median error, as parts of the loss's whole fall; beside it the errors of "
    "the level as it stood (Hyperband ranks by that) and of a power law with a floor. The "
    "coefficients are fitted on the clinic and 18 of the other families; the figures of the others "
    "are of the 54 that no fit saw. A decay that the log does not show yet, as of `wsd`, and a "
    "drop to come of `step` cannot be foretold."
)


def _foretold(figures: Mapping[str, Mapping[str, object]]) -> str:
    rows = ((of or "clinic", name.removeprefix(of + TABLE), *row.values())
            for of in ("", OTHERS) for name, row in figures.items()
            if name.startswith(of + TABLE))  # fmt: skip
    columns = figures[TABLE + "all"]
    return f"{_AHEAD}\n\n{table(('families', 'runs', *columns), rows)}"


def _schedules(figures: Mapping[str, Mapping[str, object]], aside: Mapping[str, object]) -> str:
    drawn: Mapping[str, Sequence[float]] = aside["drawn"]  # type: ignore[assignment]
    row, library = figures["schedules"], figures["library schedules"]
    answers: list[library_schedules.Answer] = aside["by libraries"]  # type: ignore[assignment]
    told = library_schedules.named(answers)
    return "\n\n".join(
        (
            f"Recognised: {short(row['drawn'])} of those drawn with noise, gaps and rounding, "
            f"logged every few steps and seen to a quarter, a half and the end; "
            f"{short(row['recorded'])} of the recorded runs. Where each rate is off by 0.1 %, as "
            f"if it were measured: {short(row['with noise'])} (other seeds).",
            table(("kind", "25 %", "50 %", "100 %"), ((k, *v) for k, v in drawn.items())),
            f"Drawn by the libraries themselves (`library_schedules.py`, odd seeds): "
            f"{short(library['recognised'])} of {library['schedules']} logs, rounded as trainers "
            f"print. Where the kind is right, the rest is foretold to 5 % of the peak in "
            f"{short(library['rest within 5 %'])}.",
            table(("library", "10 %", "25 %", "50 %", "100 %"), library_schedules.rows(told)),
            table(
                ("parameter", "logs", "median error", "within 5 %"),
                library_schedules.parameters(told),
            ),
            schedule_mistakes.ABOUT,
            table(schedule_mistakes.HEAD, aside["mistakes"]),  # type: ignore[arg-type]
        )
    )


def _real(aside: Mapping[str, object]) -> str:
    real: Mapping[str, Mapping[str, object]] | None = aside.get("real")  # type: ignore[assignment]
    if real is None:
        return "Skipped: the logs are not here (`LRDOCTOR_REAL_LOGS` names their folder)."
    recall: Mapping[str, Mapping[str, object]] = real["recall"]  # type: ignore[assignment]
    alarms, kinds = real["false_alarms"], real["schedule"]
    return "\n\n".join(
        (
            f"Labelled by eye. Of {alarms['healthy']} healthy curves {short(alarms['critical'])} "
            f"get a critical finding. Schedule named as labelled: {short(kinds['share'])} of "
            f"{kinds['n']} (not so: {', '.join(kinds['wrong']) or 'none'}), "  # type: ignore[arg-type]
            f"{short(kinds['warmed'])} where the label leaves out a warmup that the rates show.",
            table(
                ("label, high confidence", "curves", "found"),
                ((k, r["n"], r["recall"]) for k, r in recall.items()),
            ),
        )
    )


def reliability_svg(rows: Sequence[Mapping[str, float]]) -> str:
    """Said against right, a disc a bin, its area by the number of findings."""
    size, edge = 320, 40

    def x(p: float) -> float:
        return edge + p * (size - 2 * edge)

    def y(p: float) -> float:
        return size - edge - p * (size - 2 * edge)

    most = max(r["count"] for r in rows)
    discs = "".join(
        f'<circle cx="{x(r["said"]):.1f}" cy="{y(r["right"]):.1f}" '
        f'r="{2 + 9 * (r["count"] / most) ** 0.5:.1f}"><title>said {r["said"]}, '
        f"right {r['right']}, {r['count']} findings</title></circle>"
        for r in rows
    )
    ticks = "".join(
        f'<text x="{x(p):.0f}" y="{size - edge + 16}" text-anchor="middle">{p:g}</text>'
        f'<text x="{edge - 8}" y="{y(p) + 4:.0f}" text-anchor="end">{p:g}</text>'
        for p in (0, 0.5, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" '
        f'height="{size}" font-family="sans-serif" font-size="12" fill="#57606a">\n'
        f"<title>Certainty that was said, against the share that was right</title>\n"
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#9aa4af" stroke-dasharray="4 4"/>\n'
        f'<path d="M{x(0)} {y(1)}V{y(0)}H{x(1)}" fill="none" stroke="#57606a"/>\n'
        f'<g fill="#2f6fde" fill-opacity="0.75">{discs}</g>\n{ticks}\n'
        f'<text x="{size / 2}" y="{size - 6}" text-anchor="middle">said</text>\n'
        f'<text x="12" y="{size / 2}" transform="rotate(-90 12 {size / 2})" '
        f'text-anchor="middle">right</text>\n</svg>\n'
    )
