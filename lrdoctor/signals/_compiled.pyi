from lrdoctor.run import Floats

def level(values: Floats, out: Floats, share: float, most: int, quantile: float, /) -> None:
    """``signals.level`` of contiguous values into ``out``, of their length.

    Raises:
        ValueError: ``share`` is not above 0, or ``quantile`` not from 0 to below 1.
    """
