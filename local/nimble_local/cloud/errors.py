"""Errors of the local cloud: sentences for the person at the terminal."""


class LocalCloudError(Exception):
    """Something went wrong that the person can act on; the text says what, and what to do."""


class PartFailedError(LocalCloudError):
    """A part of the local cloud did not come up; the text ends with the last lines it wrote."""


class BusyError(LocalCloudError):
    """Another command is at work in the same folder."""


class InterruptedByUserError(BaseException):
    """A signal asked this command to end; derived from BaseException so that nothing swallows it.

    Parameters
    ----------
    signal_number
        The signal that arrived, which becomes the exit status 128 + number.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
