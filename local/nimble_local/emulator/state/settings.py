"""The settings of the emulated service, including choices that were inferred."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args, get_type_hints

MAX_SECONDS = 365 * 86_400.0
"""The longest duration: a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Durations, limits and inferred choices of the emulated service.

    Durations are in seconds of the emulated clock. `docs/emulator.md` gives the reason for each
    choice that neither the service model nor its documentation makes.
    """

    create_seconds: float = 5.0
    """From CREATE_IN_PROGRESS to READY."""
    start_seconds: float = 5.0
    """From START_IN_PROGRESS to READY."""
    stop_seconds: float = 5.0
    """From STOP_IN_PROGRESS to STOPPED."""
    delete_seconds: float = 2.0
    """From DELETE_IN_PROGRESS to DELETED."""
    stream_seconds: float = 1.0
    """From a stream's CREATE_IN_PROGRESS to READY."""
    deleted_seconds: float = 3600.0
    """How long a DELETED session stays readable."""
    token_seconds: float = 86_400.0
    """How long a client token is remembered."""
    page_size: int = 50
    """Sessions or backups in one page of a list; 1 to 1,000."""
    session_quota: int = 2000
    """Sessions of a studio that are not DELETED, above which Create is refused; 0 to 100,000."""
    start_from_failed: bool = True
    """True if START_FAILED can be started again; otherwise a ConflictException."""
    stop_from_failed: bool = True
    """True if STOP_FAILED can be stopped again; otherwise a ConflictException."""
    unstoppable_stop: Literal["fail", "refuse"] = "fail"
    """A stop where the launch profile allows none: STOP_FAILED, or a ConflictException."""
    keep_backups: bool = False
    """True if a session's backups outlive it."""

    def __post_init__(self) -> None:
        """Check every value.

        Raises
        ------
        ValueError
            A value is of the wrong type or out of range; the message names setting and rule.
        """
        for name, kind in get_type_hints(Settings).items():
            _check(name, getattr(self, name), kind)
        for name, low, high in (("page_size", 1, 1000), ("session_quota", 0, 100_000)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be from {low} to {high}, not {getattr(self, name)}.")

    def changed(self, changes: dict[str, Any]) -> Self:
        """Return these settings with some of them changed.

        Raises
        ------
        ValueError
            A name isn't a setting, or a value is invalid.
        """
        known = {field.name for field in fields(self)}
        for name in changes:
            if name not in known:
                raise ValueError(
                    f"{name!r} is not a setting. The settings are: {', '.join(sorted(known))}."
                )
        return type(self)(**{**asdict(self), **changes})


def _check(name: str, value: object, kind: object) -> None:
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= float(str(value)) <= MAX_SECONDS:
            raise ValueError(f"{name} must be from 0 to {MAX_SECONDS:.0f} seconds, not {value!r}.")
    elif kind is bool or kind is int:
        # In Python a bool is an int; a page size of True is still a mistake.
        if type(value) is not kind:
            words = "true or false" if kind is bool else "a whole number"
            raise ValueError(f"{name} must be {words}, not {value!r}.")
    elif value not in get_args(kind):
        raise ValueError(f"{name} must be one of {', '.join(get_args(kind))}, not {value!r}.")
