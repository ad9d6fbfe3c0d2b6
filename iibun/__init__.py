"""What people use: the page and the endpoint, the command line, reading on many machines."""


def version() -> str:
    """The installed version of Iibun."""
    from importlib.metadata import version

    return version("iibun")
