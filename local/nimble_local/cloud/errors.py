"""Errors of the local cloud, whose messages are for the user."""


class LocalCloudError(Exception):
    """An error that the user can fix; the message says what to do."""


class ServerFailedError(LocalCloudError):
    """A server of the local cloud didn't start; the message contains its last lines."""


class BusyError(LocalCloudError):
    """Another command is running in the same folder."""


class InterruptedByUserError(BaseException):
    """A signal asked this command to end; derived from BaseException so that nothing swallows it.

    Parameters
    ----------
    signal_number
        The signal; the exit status becomes 128 + its number.

    Attributes
    ----------
    message
        What was ended and what still runs, for the user.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
        self.message = "Interrupted."
