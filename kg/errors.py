"""The one base of every error that a user may see: its message is a full sentence that names value and choices."""


class IibunError(Exception):
    """Something that the user can mend; fronts print the message alone and exit 1."""


class UsageError(IibunError):
    """An option or argument that cannot be meant; the command line exits with 2.

    Args:
        message: the sentence.
        near: what was perhaps meant, as ``kg.given.nearest`` asks it.
    """

    def __init__(self, message: str = "", *, near: str = "") -> None:
        super().__init__(message + near)
