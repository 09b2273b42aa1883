from __future__ import annotations

from lrdoctor.readers.wandb_export import WandbExport

HEADER = '"Step","a - b - loss","a - b - loss__MIN","a - b - loss__MAX","c - loss","c - loss__MIN"'


def blocks(text: str) -> dict[tuple[str, str], list[tuple[int, float]]]:
    reader = WandbExport()
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for block in (*reader.feed(text.encode()), *reader.finish()):
        points = zip(block.steps.tolist(), block.values.tolist(), strict=True)
        found.setdefault((block.run, block.tag), []).extend(points)
    return found


def test_a_column_is_a_run() -> None:
    text = f'{HEADER},"c - loss__MAX"\n"0","2","1","3","5","5","5"\n"10","1","1","1","","",""\n'
    assert blocks(text) == {
        ("a - b", "loss"): [(0, 2.0), (10, 1.0)],
        ("c", "loss"): [(0, 5.0)],
    }
