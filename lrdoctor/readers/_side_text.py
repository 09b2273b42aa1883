"""Side files that are neither YAML nor JSON: a model card, a configuration in Python's words."""

from __future__ import annotations

import ast
import re

_LISTED = "hyperparameters were used during training"
_ITEM = re.compile(r"^- (\w{1,64}): (.{1,256})$", re.MULTILINE)
_UNREAD = object()


def model_card(text: str) -> dict[str, object]:
    """The hyper-parameters in the ``README.md`` that Hugging Face's trainer writes; none in others.

    Source: ``TrainingSummary.to_model_card`` of transformers.
    """
    _, found, rest = text.partition(_LISTED)
    return dict(_ITEM.findall(rest.partition("\n#")[0])) if found else {}


def python_config(text: str) -> dict[str, object]:
    """The constants, lists and ``dict(...)`` that a configuration's names stand for, as mmengine
    writes ``config.py``. Nothing is run; whatever else stands there is passed over.

    Raises:
        ValueError: it is no Python, or too deep.
    """
    try:
        tree = ast.parse(text)
        return {
            target.id: value
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name) and (value := _value(statement.value)) is not _UNREAD
        }
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(str(error)) from None


def _value(node: ast.expr) -> object:
    match node:
        case ast.Call(ast.Name("dict"), [], keywords):
            named = {word.arg: _value(word.value) for word in keywords if word.arg}
            return {name: value for name, value in named.items() if value is not _UNREAD}
        case ast.List(elements) | ast.Tuple(elements):
            values = [_value(element) for element in elements]
            return _UNREAD if _UNREAD in values else values
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _UNREAD
