"""One comparison with its target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.report.measures import NOISE

LAMBDA_MIB: Final = 128
LAG_TARGETS: Final = {2.0: 0.25, 10.0: 0.25, 30.0: 0.35, 120.0: NOISE, 600.0: NOISE}
"""The targets of lags, ours ÷ the provider framework's, by nominal length in seconds."""
SIMULATED: Final = ", in virtual time"
"""Part of the name of a quantity that other work on the machine doesn't change."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the summary: one comparison.

    Attributes
    ----------
    what
        The quantity measured.
    ours, theirs
        Both values, with their units.
    against
        The way it is compared with.
    value
        The number that the target limits: ours ÷ theirs, unless the format has a unit.
    target
        The largest value that meets the target.
    form
        The format of the value.
    headline
        True if the README shows it.
    """

    what: str
    ours: str
    theirs: str
    against: str
    value: float
    target: float
    form: str = "{:.2f}"
    headline: bool = False

    @property
    def met(self) -> bool:
        """True if the value meets its target."""
        return self.value <= self.target

    @property
    def is_ratio(self) -> bool:
        """True if the value is ours ÷ theirs."""
        return self.form in ("{:.2f}", "{:.4f}")

    @property
    def shown(self) -> str:
        """The value as text."""
        return self.form.format(self.value)

    @property
    def wanted(self) -> str:
        """The target as text."""
        return f"≤ {self.form.format(self.target)}"

    @property
    def verdict(self) -> str:
        """The target and whether it is met; both are equally prominent."""
        return f"{self.wanted}, **{'met' if self.met else 'NOT MET'}**"
