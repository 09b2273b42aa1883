"""The ward before there is a run: where it looked, and what to do next."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import command, icon, middle, slot, tag

_LOG_IT = """log = open("run-1.csv", "w")
print("step,loss,lr", file=log)
print(step, loss, lr, sep=",", file=log, flush=True)"""
_READS = (
    "Reads TensorBoard, CSV, JSON lines, Hugging Face, Keras and Lightning logs. "
    "This page fills by itself when a log appears."
)


def nothing_to_watch() -> Component:
    """One card, shown by ``assets/screen/ward.js`` while no run is known."""
    return middle(
        [
            tag(html.Div, {"className": "emblem"}, icon("folder")),
            html.H1("No training logs here yet"),
            slot(html.P, "lookedAt"),
            slot(html.Div, "notices"),
            html.H2("Point it somewhere else"),
            command("lrdoctor watch ~/runs"),
            html.H2("Or log from your training loop"),
            command(_LOG_IT),
            html.H2("Or look around first, at small models that train as you watch"),
            command("lrdoctor demo"),
            tag(html.P, {"className": "small-print"}, _READS),
        ],
        {"hidden": True, "data-slot": "empty"},
    )
