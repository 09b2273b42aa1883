from lrdoctor.run import Floats

def descent(loss: Floats, done: Floats, time: Floats, out: Floats, /) -> None:
    """The 30 fields of a ``learning_rate.descent.Descent`` into ``out``; all contiguous.

    Raises:
        ValueError: fewer than three losses, or not as many in each array.
    """

def level(values: Floats, out: Floats, share: float, most: int, quantile: float, /) -> None:
    """``signals.level`` of contiguous values into ``out``, of their length.

    Raises:
        ValueError: ``share`` is not above 0, or ``quantile`` not from 0 to below 1.
    """
