"""How a run was set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Settings:
    """What a log or a file beside it tells of how the run was set up. None: not told."""

    optimizer: str | None = None
    """Lower case, as the frameworks name it: ``adamw``, ``sgd``."""
    learning_rate: float | None = None
    """The configured base rate."""
    batch_size: int | None = None
    planned_steps: int | None = None
    """In the run's own axis."""
    momentum: float | None = None
    weight_decay: float | None = None
    gradient_clip: float | None = None
    hyper_parameters: Mapping[str, str | float | bool] = field(default_factory=dict)
    """Everything else that was found, flat."""

    def merged(self, other: Settings) -> Settings:
        """These settings, completed by ``other`` where they say nothing."""
        own = {
            name: told
            for name in self.__slots__
            if name != "hyper_parameters"
            and getattr(self, name) is None
            and (told := getattr(other, name)) is not None
        }
        if not own and not other.hyper_parameters:
            return self  # nearly always, and asked at each look
        return replace(
            self, **own, hyper_parameters={**other.hyper_parameters, **self.hyper_parameters}
        )
