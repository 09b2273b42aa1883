# /// script
# requires-python = ">=3.11"
# dependencies = ["structlog==26.1.0"]
# ///
"""A training that tells its figures in words, by structlog's JSON renderer: three rates."""

from __future__ import annotations

import structlog
from _descent import descend
from _recording import Recording

RATES, STEPS = {"steady": 0.1, "hot": 2.5, "timid": 0.001}, 40


def record() -> None:
    recording = Recording("console-json")
    for name, rate in RATES.items():
        run = recording.run(f"{name}.jsonl", x_axis="step")
        for tag in ("loss", "val_loss"):
            run.rounded(tag, ".4e")
        with (recording.log / f"{name}.jsonl").open("w") as out:
            structlog.configure(
                processors=[
                    structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso"),
                    structlog.processors.JSONRenderer(),
                ],
                logger_factory=structlog.PrintLoggerFactory(out),
            )
            log = structlog.get_logger()
            log.info("training begins", rate=rate, optimizer="sgd")
            for step, (loss, held_out) in enumerate(descend(rate, STEPS), 1):
                run.log("loss", step, loss)
                run.log("val_loss", step, held_out)
                log.info(f"step {step}: loss {loss:.4e}, val_loss {held_out:.4e}, eta 0:00:07")
                if step % 10 == 0:
                    log.warning(f"checkpoint of step {step} is written", path=f"{step}.pt")
    recording.write()


record()
