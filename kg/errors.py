"""Base classes of all errors that a user may see. A message is a full sentence that names the value and the choices."""


class IibunError(Exception):
    """An error that the user can correct; the command line prints the message without a traceback and exits with 1."""


class UsageError(IibunError):
    """An option or argument has a value that is not allowed; the command line exits with 2.

    Args:
        message: the sentence.
        near: a question to append, as ``kg.given.nearest`` returns it (" Did you mean …?").
    """

    def __init__(self, message: str = "", *, near: str = "") -> None:
        super().__init__(message + near)
