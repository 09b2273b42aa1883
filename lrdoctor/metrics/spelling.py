"""How metrics are spelt: their names are made alike before they are compared."""

from __future__ import annotations

import re
from functools import lru_cache

_WRAPPERS = ("data/", "payload/", "record/", "fields/", "extra/")
"""In front of a column's name they say that its row was wrapped up, as structured logs do."""
_ABBREVIATED = re.compile(r"l/(?:[dg]/)?[a-z]{3}")
"""BasicSR's names of losses: ``l_pix``, ``l_g_gan``."""
_GLUED = re.compile(r"(train|tr|val|valid|validation|test|eval|dev)(loss|acc|accuracy|lr)")

# What other languages call the same, within longer words, too: Validierungsverlust, 训练损失.
_FOREIGN = (
    ("loss", r"verlust|损失(?:值|函数)?|損失(?:值|関数)?|손실|pérdida|\bperte|потер[ия]"),
    ("accuracy", r"genauigkeit|准确[率度]|正确率|正解率|精度|정확도|exactitud|exactitude|точность"),
    (
        "learning/rate",
        r"lernrate|学习率|學習率|学習率|학습률|taux d.apprentissage|скорость обучения",
    ),
    ("epoch", r"epoche\b|轮次|轮数|エポック|에포크|에폭|\bépoque|\bépoca|эпоха"),
    ("step", r"\bschritt\b|步数|步|ステップ"),
    ("val", r"validierung(?:s(?=verlust|genauigkeit))?|验证集?|驗證集?|検証|검증"),
    ("test", r"测试集?|測試集?"),
    ("train/loss", r"^trl$"),  # llm.c's
    ("test/loss", r"^tel$"),
    ("train", r"training(?:s(?=verlust|genauigkeit))|训练集?|訓練集?|훈련"),
)
_TRANSLATED = re.compile("|".join(f"({words})" for _, words in _FOREIGN))


def unwrapped(flat: str) -> str:
    """A column's flat name without what its row was wrapped up in."""
    return flat.partition("/")[2] if flat.startswith(_WRAPPERS) else flat


def words_of(flat: str) -> list[str]:
    """Of a flat name, those that were written as one apart."""
    words: list[str] = []
    for word in flat.split("/"):
        glued = _GLUED.fullmatch(word)
        words.extend(glued.groups() if glued else (word,))
    if _ABBREVIATED.match(flat):
        words[0] = "loss"
    return words


@lru_cache(maxsize=8192)
def flattened(tag: str) -> str:
    """In English and lower case, with one ``/`` for every run of separators: ``train/loss``."""
    apart = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", "/", tag.strip())
    english = _TRANSLATED.sub(lambda m: f"/{_FOREIGN[(m.lastindex or 1) - 1][0]}/", apart.lower())
    return re.sub(r"[\W_]+", "/", english).strip("/")
