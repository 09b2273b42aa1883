"""The playground: a ball rolls downhill, and the learning rate sets how far each step goes."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from lrdoctor.ui.page import Page, frame, icon, slot, tag

OPTIMIZERS = (("sgd", "SGD"), ("momentum", "Momentum"), ("adam", "Adam"), ("rmsprop", "RMSprop"),
              ("adagrad", "Adagrad"), ("adadelta", "Adadelta"))  # fmt: skip
SCHEDULES = (("constant", "Constant"), ("step", "Step"), ("exponential", "Exponential"),
             ("cosine", "Cosine"), ("cyclic", "Cyclic"), ("plateau", "Plateau"))  # fmt: skip
EXAMPLES = (("lr=0.012&n=24", "Too small"), ("lr=0.7&n=14", "About right"),
            ("lr=1.85&n=24", "Bouncing"), ("lr=2.06&n=24", "Diverging"),
            ("lr=0.09&n=40", "Caught in the dip"))  # fmt: skip
"""Each starts left of the dip, with plain SGD at curvature 1."""


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/play.js`` rolls the ball, with no help of the server."""
    if rest:
        return None
    left = tag(html.Div, {"className": "stack"}, [_stage(), _controls()])
    right = tag(html.Div, {"className": "stack"}, [_loss(), _said(), _explained()])
    return frame(
        "play", "play", [_head(), tag(html.Div, {"className": "pair play"}, [left, right])]
    )


def _head() -> Component:
    says = "Training rolls a ball downhill, one step at a time. The learning rate sets how far "
    words = [
        html.H1("What does a learning rate do?"),
        tag(html.P, {"className": "sub"}, f"{says}each step goes. Drag it and watch."),
    ]
    link = {"className": "btn", "type": "button", "data-slot": "link"}
    button = tag(html.Button, link, [icon("copy"), html.Span("Copy link to this view")])
    acts = tag(html.Div, {"className": "acts"}, button)
    return tag(html.Div, {"className": "head"}, [html.Div(words), acts])


def _stage() -> Component:
    verdict = {"className": "play-word", "data-slot": "verdict", "role": "status"}
    return tag(
        html.Section,
        {"className": "card stage", "aria-label": "The valley"},
        [
            tag(html.Div, verdict, [icon("pulse"), slot(html.H2, "word")]),
            slot(html.P, "wordWhy", {"className": "word-why"}),
            slot(html.Div, "valley", {"className": "valley", "role": "img"}),
            _rate(),
            tag(html.Div, {"className": "buttons"}, [
                _button("play", "play", "Play", primary=True), _button("once", "step", "One step"),
                _button("reset", "reset", "Reset"), slot(html.Span, "count", {"className": "hint"}),
            ]),
        ],
    )  # fmt: skip


def _rate() -> Component:
    top = [
        html.Label("Learning rate", htmlFor="rate"),
        slot(html.Output, "rate", {"className": "value"}),
        slot(html.Span, "limitNote", {"className": "hint"}),
    ]
    slider = dcc.Input(id="rate", type="range", min=-3, max=1, step=0.01, value=-0.155)
    track = [
        slot(html.Div, "zones", {"className": "zones", "aria-hidden": "true"}),
        slot(html.I, "limitMark", {"className": "limit-mark", "aria-hidden": "true"}),
        slot(html.Span, "limitText", {"className": "limit-text", "aria-hidden": "true"}),
        slider,
        slot(html.Div, "zoneNames", {"className": "zone-names", "aria-hidden": "true"}),
    ]
    return tag(
        html.Div,
        {"className": "rate-control"},
        [
            tag(html.Div, {"className": "rate-top"}, top),
            tag(html.Div, {"className": "track", "data-slot": "track"}, track),
        ],
    )


def _controls() -> Component:
    return tag(
        html.Section,
        {"className": "card pane controls", "aria-label": "What to play with"},
        [
            _choice("opt", "Optimizer", OPTIMIZERS),
            _choice("sch", "Schedule", SCHEDULES),
            _slider("k", "Curvature of the valley", 0.25, 4, 0.05, 1.0,
                    "Steeper walls need smaller steps."),
            _slider("m", "Momentum β", 0, 0.99, 0.01, 0.9, "Used by Momentum and Adam."),
            _slider("x0", "Start", -6, 6, 0.1, -4.2, "Left of the dip, the ball can be caught."),
            _examples(),
        ],
    )  # fmt: skip


def _choice(name: str, words: str, among: tuple[tuple[str, str], ...]) -> Component:
    buttons = [
        tag(html.Button, {"className": "btn small", "type": "button", "data-set": f"{name}={value}",
                          "aria-pressed": "false"}, title)
        for value, title in among
    ]  # fmt: skip
    group = {"className": "choice", "role": "group", "aria-label": words}
    return html.Div([html.H3(words), tag(html.Div, group, buttons)])


def _slider(
    name: str, words: str, low: float, high: float, step: float, value: float, hint: str
) -> Component:
    top = [html.Label(words, htmlFor=f"play-{name}"), slot(html.Output, f"value-{name}")]
    slider = dcc.Input(id=f"play-{name}", type="range", min=low, max=high, step=step, value=value)
    return tag(
        html.Div,
        {"className": "knob"},
        [tag(html.Div, {"className": "knob-top"}, top), slider,
         tag(html.P, {"className": "hint"}, hint)],
    )  # fmt: skip


def _examples() -> Component:
    buttons = [
        tag(html.Button, {"className": "btn small", "type": "button", "data-go": state}, title)
        for state, title in EXAMPLES
    ]
    group = {"className": "choice", "role": "group", "aria-label": "Try these"}
    return html.Div([html.H3("Try these"), tag(html.Div, group, buttons)], className="tries")


def _loss() -> Component:
    head = [html.H2("Loss at each step"), tag(html.Span, {"className": "hint"}, "log scale")]
    return tag(
        html.Section,
        {"className": "card pane", "aria-label": "Loss at each step"},
        [tag(html.Div, {"className": "pane-head"}, head),
         slot(html.Div, "loss", {"className": "loss-chart", "role": "img"})],
    )  # fmt: skip


def _said() -> Component:
    head = [html.H2("What lrdoctor would say"), slot(html.Span, "saidChip", {"className": "chip"})]
    return tag(
        html.Section,
        {"className": "card pane said", "aria-label": "What lrdoctor would say"},
        [
            tag(html.Div, {"className": "pane-head"}, head),
            slot(html.P, "said", {"className": "said-line"}),
            slot(html.P, "saidWhy", {"className": "said-why"}),
            tag(
                html.Button,
                {"className": "btn", "type": "button", "hidden": True, "data-slot": "tryIt"},
            ),
            slot(html.Dl, "facts", {"className": "facts"}),
            slot(html.P, "saidBy", {"className": "hint"}),
        ],
    )


def _explained() -> Component:
    return tag(
        html.Section,
        {"className": "card pane explained", "aria-label": "What is going on"},
        [
            html.H2("What is going on"),
            slot(html.Pre, "formula", {"className": "code"}),
            slot(html.P, "why"),
            slot(html.P, "whyOptimizer"),
            html.P(
                [html.B("And in a real network? "), "Millions of weights roll at once, and the "
                 "valley is not so smooth. The rule still holds: the steepest direction decides "
                 "the highest rate that is stable."]
            ),
        ],
    )  # fmt: skip


def _button(name: str, picture: str, words: str, *, primary: bool = False) -> Component:
    look = "btn primary" if primary else "btn"
    attributes = {"className": look, "type": "button", "data-slot": name}
    return tag(html.Button, attributes, [icon(picture), html.Span(words)])


PAGE = Page("play", "play", draw, link="Playground")
