"""The code to paste compiles everywhere, and draws the run's own schedule at the new rate."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from lrdoctor.learning_rate.frameworks import formula
from lrdoctor.learning_rate.frameworks.plan import plan
from lrdoctor.learning_rate.optimizers import OPTIMIZERS
from lrdoctor.learning_rate.snippets import FRAMEWORKS, snippets
from lrdoctor.schedules import Schedule, drawn, recognise

TOTAL = 1000


def half(way: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.cos(np.pi * np.clip(way, 0, 1)))


def warm(t: np.ndarray, then: np.ndarray) -> np.ndarray:
    return np.where(t < 100, t / 100, then)


SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "constant": np.ones_like,
    "warmup-constant": lambda t: warm(t, np.ones_like(t)),
    "step": lambda t: 0.1 ** (t // 300),
    "step after a warmup": lambda t: warm(t, 0.1 ** (t // 300)),
    "levels": lambda t: np.array([1.0, 0.4, 0.3])[np.searchsorted([217, 631], t, side="right")],
    "exponential": lambda t: 0.998**t,
    "linear": lambda t: 1 - t / TOTAL,
    "polynomial": lambda t: (1 - t / TOTAL) ** 2,
    "cosine": lambda t: 0.1 + 0.9 * half(t / TOTAL),
    "warmup-cosine": lambda t: warm(t, half((t - 100) / (TOTAL - 100))),
    "warmup-linear": lambda t: warm(t, (TOTAL - t) / (TOTAL - 100)),
    "cosine-restarts": lambda t: half(t / 250 % 1),
    "growing restarts": lambda t: half(
        (t / 140 + 1) / 2 ** np.floor(np.log2(t / 140 + 1) + 1e-12) - 1
    ),
    "cyclic": lambda t: 0.1 + 0.9 * (1 - np.abs(2 * (t / 200 % 1) - 1)),
    "shrinking cycles": lambda t: (
        0.1 + 0.9 * (1 - np.abs(2 * (t / 200 % 1) - 1)) * 0.5 ** (t // 200)
    ),
    "one-cycle": lambda t: np.where(
        t < 300, 0.04 + 0.96 * (1 - half(t / 300)), 1e-4 + half((t - 300) / 700)
    ),
    "inverse-sqrt": lambda t: (1 + t / 120) ** -0.5,
    "wsd": lambda t: warm(t, half((t - 800) / 200)),
    "wsd with an exponential end": lambda t: warm(t, 0.01 ** np.clip((t - 500) / 500, 0, 1)),
    "cycles that shrink all the time": lambda t: (
        0.1 + 0.9 * (1 - np.abs(2 * (t / 200 % 1) - 1)) * 0.999**t
    ),
}


def schedule(name: str) -> Schedule:
    steps = np.arange(0, TOTAL + 1)
    return recognise(steps, 2e-3 * SHAPES[name](steps.astype(float)), TOTAL)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("optimizer", ["adamw", None])
@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_compiles_everywhere(name: str, optimizer: str | None, unit: str) -> None:
    code = snippets(2e-3, 2e-4, schedule=schedule(name), optimizer=optimizer, clip=1.0,
                    unit=unit)  # type: ignore[arg-type]  # fmt: skip
    assert list(code) == ["pytorch", "keras", "huggingface", "lightning", "optax"]
    for text in code.values():
        compile(text, "<snippet>", "exec")
        assert "0.0002" in text


@pytest.mark.parametrize("optimizer", [*(o.name for o in OPTIMIZERS), "unheard of"])
def test_every_optimizer_gives_code(optimizer: str) -> None:
    for text in snippets(None, 3e-4, schedule=None, optimizer=optimizer).values():
        compile(text, "<snippet>", "exec")


@pytest.mark.parametrize("name", [n for n in SHAPES if n not in ("levels",)])
def test_formula_draws_the_schedule(name: str) -> None:
    found = schedule(name)
    moved = plan(found.base, found.base / 10, found, "adam", None, "step")
    scope: dict[str, Callable[[int], float]] = {}
    exec("\n".join([*formula.imports(moved), *formula.lines(moved)]), scope)
    steps = np.arange(0, TOTAL, 7)
    shares = np.array([scope["factor"](int(s)) for s in steps])
    assert shares == pytest.approx(found.rate_at(steps) / found.base, abs=1e-6)


@pytest.mark.parametrize(
    "name", ["exponential", "linear", "polynomial", "cosine", "warmup-cosine", "warmup-linear",
             "cosine-restarts", "growing restarts", "cyclic", "shrinking cycles", "one-cycle",
             "cycles that shrink all the time", "inverse-sqrt", "wsd", "warmup-constant",
             "step"])  # fmt: skip
def test_tensor_formula_draws_the_schedule_in_32_bits(name: str) -> None:
    found = schedule(name)
    moved = plan(found.base, found.base / 10, found, "adam", None, "step")
    body = "\n".join(f"    {line}" for line in formula.tensor_lines(moved, "np"))
    scope: dict[str, object] = {"np": np}
    exec(f"def rate(step):\n{body}", scope)
    steps = np.arange(0.0, TOTAL, 7, dtype=np.float32)
    rates = scope["rate"](steps)  # type: ignore[operator]
    assert rates.dtype == np.float32
    assert rates == pytest.approx(found.rate_at(steps) / 10, abs=1e-6 * found.base / 10)


@pytest.mark.parametrize("total", [100, 997, 20_011])
def test_one_cycle_has_its_peak_at_the_step_of_the_schedule(total: int) -> None:
    """OneCycleLR peaks at ``pct_start * total_steps - 1``."""
    rise, peak = total * 3 // 10, 0.00731057
    found = drawn.one_cycle(peak, total, rise, peak / 25, peak / 25e4)
    code = snippets(None, peak, schedule=found, optimizer="sgd")["pytorch"]
    share = float(code.split("pct_start=")[1].split(",")[0])
    assert share * (total + 1) - 1 == pytest.approx(rise, abs=1e-6 * total)


@pytest.mark.parametrize("framework", ["keras", "optax"])
def test_exponential_decay_is_right_in_32_bits(framework: str) -> None:
    found = schedule("exponential")
    code = snippets(None, 2e-4, schedule=found, optimizer="sgd")[framework]
    call = code.split("schedule = ")[1].splitlines()[0]
    base, length, factor = (float(part.split("=")[-1])
                            for part in call.split("(")[1].rstrip(")").split(", "))  # fmt: skip
    steps = np.arange(0, TOTAL, dtype=np.float32)
    rates = np.float32(base) * np.float32(factor) ** (steps / np.float32(length))
    assert rates == pytest.approx(found.rate_at(steps) / 10, abs=1e-6 * 2e-4)


@pytest.mark.parametrize(("optimizer", "swung"), [("sgd", False), ("adagrad", False), (None, False),
                                                  ("momentum", True), ("adamw", True)])  # fmt: skip
def test_one_cycle_gives_no_momentum_to_an_optimizer_without(
    optimizer: str | None, swung: bool
) -> None:
    code = snippets(None, 2e-3, schedule=schedule("one-cycle"), optimizer=optimizer)
    for name in ("pytorch", "lightning", "huggingface"):
        assert ("cycle_momentum=False" not in code[name]) == swung


def test_trainer_stops_where_a_handed_over_scheduler_ends() -> None:
    code = snippets(None, 2e-3, schedule=schedule("one-cycle"), optimizer="sgd")["huggingface"]
    assert f"max_steps={TOTAL}," in code
    assert f"total_steps={TOTAL + 1}," in code


def test_undetermined_schedule_is_left_to_the_user() -> None:
    rising = recognise(np.arange(50), 1e-5 * np.arange(50))
    code = snippets(None, 3e-4, schedule=rising, optimizer="adamw")
    assert "keep your schedule" in code["pytorch"]
    assert "scheduler" not in code["pytorch"].split("\n", 1)[1]


def test_final_rate_moves_with_the_base() -> None:
    code = snippets(2e-3, 2e-4, schedule=schedule("cosine"), optimizer="adamw")
    assert '"min_lr": 2e-05' in code["huggingface"]
    assert "alpha=0.1" in code["optax"]


def test_plateau_uses_the_framework_s_own_callback() -> None:
    epochs = np.arange(150)
    rates = 1e-3 * 0.5 ** np.searchsorted([32, 77, 131], epochs, side="right")
    code = snippets(1e-3, 1e-4, schedule=recognise(epochs, rates), optimizer="adam", unit="epoch")
    for name in ("pytorch", "keras", "lightning"):
        assert "ReduceLROnPlateau" in code[name]
        assert "factor=0.5" in code[name]
    assert '"reduce_lr_on_plateau"' in code["huggingface"]
    assert "reduce_on_plateau(factor=0.5" in code["optax"]


def test_clipping_is_set_where_asked() -> None:
    clipped = snippets(1e-3, 1e-4, schedule=None, optimizer="adam", clip=0.5)
    plain = snippets(1e-3, 1e-4, schedule=None, optimizer="adam")
    words = ("clip_grad_norm_", "clipnorm=0.5", "max_grad_norm=0.5", "gradient_clip_val=0.5",
             "clip_by_global_norm(0.5)")  # fmt: skip
    for name, word in zip(FRAMEWORKS, words, strict=True):
        assert word in clipped[name]
        assert "clip" not in plain[name]
        assert "max_grad_norm" not in plain[name]


@pytest.mark.parametrize("name", ['adam"); import os; os.system("', "sgd\nimport os", "{}{0}"])
def test_text_from_logs_never_gets_into_code(name: str) -> None:
    allowed = {"torch", "keras", "transformers", "optax", "optax.contrib", "jax.numpy", "math",
               "bisect"}  # fmt: skip
    for text in snippets(1e-3, 1e-4, schedule=None, optimizer=name).values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= allowed
        assert "system" not in text


@pytest.mark.parametrize("bad", [0.0, -1e-3, float("nan"), float("inf")])
def test_impossible_rate_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        snippets(1e-3, bad, schedule=None, optimizer=None)


@pytest.mark.parametrize("old", [None, float("nan"), float("inf"), -1.0])
def test_unknown_old_rate_is_left_out(old: float | None) -> None:
    code = snippets(old, 1e-4, schedule=None, optimizer="adam")["pytorch"]
    assert code.startswith("# Base learning rate 0.0001; keep")


class _Recorder(ModuleType):
    """A stand-in for ``torch``: records what the snippet builds, draws nothing."""

    def __init__(self, made: list[str], path: str = "torch") -> None:
        super().__init__(path)
        self.__dict__.update(_made=made, _path=path)

    def __getattr__(self, name: str) -> _Recorder:
        return _Recorder(self._made, f"{self._path}.{name}")

    def __call__(self, *arguments: object, **named: object) -> str:
        self._made.append(f"{self._path}({', '.join(f'{k}={v}' for k, v in named.items())})")
        return self._path


def test_pytorch_code_runs_and_builds_optimizer_then_scheduler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    torch = _Recorder(made)
    monkeypatch.setitem(sys.modules, "torch", torch)
    code = snippets(2e-3, 2e-4, schedule=schedule("step"), optimizer="momentum")["pytorch"]
    exec(code, {"model": _Recorder([], "model")})
    assert made == [
        "torch.optim.SGD(lr=0.0002, momentum=0.9)",
        "torch.optim.lr_scheduler.StepLR(step_size=300, gamma=0.1)",
    ]


@pytest.mark.parametrize(
    "rates",
    [
        lambda t: np.where(t < 100, 1 / 3, half((t - 100) / 900)),
        lambda t: half(t / TOTAL) * np.minimum(1.0, 0.01 + 0.99 * t / 200),
        lambda t: 0.5 * (1 + np.cos(np.pi * t / 700)),
    ],
    ids=["a warmup held low", "a warmup multiplied in", "a cosine stepped beyond its end"],
)
def test_a_shape_that_no_code_draws_is_left_to_the_user(
    rates: Callable[[np.ndarray], np.ndarray],
) -> None:
    steps = np.arange(TOTAL)
    found = recognise(steps, 2e-3 * rates(steps.astype(float)), TOTAL)
    assert found.determined
    for text in snippets(2e-3, 2e-4, schedule=found, optimizer="adam").values():
        assert "keep your schedule" in text


def test_trainer_has_no_exponential_end() -> None:
    found = schedule("wsd with an exponential end")
    code = snippets(2e-3, 2e-4, schedule=found, optimizer="adam")["huggingface"]
    assert "LambdaLR" in code
    assert "warmup_stable_decay" not in code
