# /// script
# requires-python = ">=3.11"
# dependencies = ["spacy==3.8.18"]
# [tool.recorder]
# environment = "spacy"
# ///
"""spaCy's table of a training: ``E``, ``#``, a loss a component, scores in percent."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import spacy
from _recording import Recording
from spacy.tokens import Doc, DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loggers import console_logger
from spacy.training.loop import train

recording = Recording("console")
run = recording.run(learning_rate=0.01)


@spacy.registry.loggers("noted.v1")
def noted() -> Callable[..., tuple[Callable[[Any], None], Callable[[], None]]]:
    """Prints as spaCy does by default, and notes what that is handed."""
    whole = console_logger()

    def begin(nlp: Any, stdout: Any, stderr: Any) -> tuple[Callable[[Any], None], Any]:
        show, end = whole(nlp, stdout, stderr)

        def step(info: Mapping[str, Any] | None) -> None:
            show(info)
            if info is not None:
                told = {"LOSS TEXTCAT": info["losses"]["textcat"], "SCORE": info["score"],
                        "CATS_SCORE": 100 * info["other_scores"]["cats_score"]}  # fmt: skip
                for tag, value in told.items():
                    run.log(tag, info["step"], value)
                    run.rounded(tag, ".2f")
                run.log("epoch", info["step"], info["epoch"])

        return step, end

    return begin


def corpus(path: Path, seed: int) -> str:
    draw = random.Random(seed)
    words = ["fine", "great", "it", "was", "and", "poor", "awful"]
    likely = {"good": [3, 3, 3, 3, 3, 2, 2], "bad": [2, 2, 3, 3, 3, 3, 3]}
    docs, vocabulary = DocBin(), spacy.blank("en").vocab
    for label in draw.choices(["good", "bad"], k=200):
        said = draw.choices(words, likely[label], k=8)
        doc = Doc(vocabulary, words=said)
        doc.cats = {"good": label == "good", "bad": label == "bad"}
        docs.add(doc)
    docs.to_disk(path)
    return str(path)


config = spacy.util.load_config_from_str(f"""
[nlp]
lang = "en"
pipeline = ["textcat"]
[components]
[components.textcat]
factory = "textcat"
[corpora]
[corpora.train]
@readers = "spacy.Corpus.v1"
path = "{corpus(recording.out / "train.spacy", 0)}"
[corpora.dev]
@readers = "spacy.Corpus.v1"
path = "{corpus(recording.out / "dev.spacy", 1)}"
[training]
seed = 0
max_steps = 200
eval_frequency = 10
patience = 0
dev_corpus = "corpora.dev"
train_corpus = "corpora.train"
[training.optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.01
[training.logger]
@loggers = "noted.v1"
[training.score_weights]
cats_score = 1.0
""")
defaults = spacy.util.load_config(spacy.language.DEFAULT_CONFIG_PATH)
nlp = init_nlp(defaults.merge(config))
with (recording.log / "train.log").open("w") as out:
    train(nlp, stdout=out)
recording.write()
