"""Training of the models that Iibun ships: ``python -m training --help``."""
