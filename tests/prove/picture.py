"""Loss against retrains, as SVG that follows the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Mapping

from tests.prove.figures import Row
from tests.prove.playing import RETRAINS

WIDTH, HEIGHT = 860, 330
COLOURS = ("mine", "second", "third")
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-size: 15px; font-weight: 600; fill: #1f2328 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.mine { stroke: #1a7f64; fill: #1a7f64 } .second { stroke: #9a6700; fill: #9a6700 }
.third { stroke: #6e7781; fill: #6e7781 }
polyline { fill: none !important; stroke-width: 2.5; stroke-linejoin: round }
polyline.second { stroke-dasharray: 7 4 } polyline.third { stroke-dasharray: 2 4 }
text.mine, text.second, text.third { stroke: none; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .title { fill: #f0f6fc } .grid { stroke: #3d444d }
  .mine { stroke: #4cc7a4; fill: #4cc7a4 } .second { stroke: #e3b341; fill: #e3b341 }
  .third { stroke: #9198a1; fill: #9198a1 }
}
"""


def picture(rows: Mapping[str, Row]) -> str:
    """Two charts side by side: the mean gap left, and the share of the starts solved."""
    gaps = {name: row.gap for name, row in rows.items()}
    solved = {name: row.solved for name, row in rows.items()}
    count = next(iter(rows.values())).starts
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">\n'
        f"<title>Loss against retrains, from {count} bad learning rates</title>\n"
        f"<style>{_STYLE}</style>\n"
        + _chart(50, "Loss left to gain (mean gap)", gaps, names=False)
        + _chart(430, "Share of the starts solved", solved, names=True)
        + f'<text x="{WIDTH / 2 - 50}" y="{HEIGHT - 8}" text-anchor="middle">retrains</text>\n'
        "</svg>\n"
    )


def _chart(left: float, title: str, lines: Mapping[str, tuple[float, ...]], names: bool) -> str:
    width, top, bottom = 290.0, 50.0, HEIGHT - 50.0

    def x(retrains: int) -> float:
        return left + width * retrains / RETRAINS

    def y(share: float) -> float:
        return bottom - (bottom - top) * share

    out = [f'<text class="title" x="{left:.0f}" y="24">{title}</text>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        out.append(f'<path class="grid" d="M{left:.0f} {y(share):.1f}h{width:.0f}"/>')
        out.append(f'<text x="{left - 8:.0f}" y="{y(share) + 4:.1f}" text-anchor="end">'
                   f"{share:g}</text>")  # fmt: skip
    out += [
        f'<text x="{x(n):.1f}" y="{bottom + 20:.0f}" text-anchor="middle">{n}</text>'
        for n in range(RETRAINS + 1)
    ]
    for colour, (name, values) in zip(COLOURS, lines.items(), strict=False):
        points = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in enumerate(values))
        out.append(f'<polyline class="{colour}" points="{points}"/>')
        out += [
            f'<circle class="{colour}" cx="{x(n):.1f}" cy="{y(v):.1f}" r="3.5">'
            f"<title>{name}, {n} retrains: {v:.3f}</title></circle>"
            for n, v in enumerate(values)
        ]
    if names:
        out += _names(lines, x(RETRAINS) + 12, y)
    return "\n".join(out) + "\n"


def _names(lines: Mapping[str, tuple[float, ...]], at: float, y: object) -> list[str]:
    """Each line's name at its end, pushed apart where they would touch."""
    assert callable(y)
    ends = [(float(y(values[-1])), c, n) for c, (n, values)
            in zip(COLOURS, lines.items(), strict=False)]  # fmt: skip
    out, last = [], -100.0
    for height, colour, name in sorted(ends):
        last = max(height, last + 17)
        out.append(f'<text class="{colour}" x="{at:.0f}" y="{last + 4:.1f}">{name}</text>')
    return out
