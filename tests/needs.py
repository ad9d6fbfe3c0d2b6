"""What a test needs that `make quick` does without, found in its code and in that of its fixtures: nobody keeps a list.

A test that calls a command (``main(["ingest", …])``) shows nothing of this; one that reads an article so asks for the fixture
``nlp``, and fails if it does not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

import pytest

#: What starts programs, servers and worker processes.
STARTING = {
    "subprocess", "multiprocessing", "distributed", "kg.endpoint.routes", "kg.endpoint.workers.Pool", "kg.endpoint.workers.ask",
    "iibun.batch.readers.Readers", "iibun.web.asking.run",
}  # fmt: skip
#: What loads GiNZA or our models.
LOADING = {
    "ingest.load", "ingest.pipeline.load", "ingest.reader.network.Network", "ingest.reader.network.network",
    "ingest.recogniser.read_model", "ingest.recogniser.recogniser", "tests.conftest.nlp",
}  # fmt: skip
#: Packages whose functions are looked through, and all of ours.
FOLLOWED = ("tests.", "benchmarks.")
OURS = ("tests", "benchmarks", "kg", "ingest", "iibun")


def marks(item: pytest.Function) -> set[str]:
    """The marks of a test: any of ``model``, ``processes`` and ``pages``.

    A fixture with parameters starts processes for some of them only, so these carry the mark themselves.
    """
    definitions = [d for ds in item._fixtureinfo.name2fixturedefs.values() for d in ds if not d.params]
    return set().union(*map(of, (item.function, *(d.func for d in definitions))))


def of(function: Callable[..., object]) -> set[str]:
    """The marks that a function of the tests gives to the test that calls it."""
    found = _reached(function)
    return {
        mark for mark, known in (("processes", STARTING), ("model", LOADING), ("pages", {"AppTest"})) if found & known
    }


@cache
def _reached(function: Any) -> frozenset[str]:
    return frozenset(_called(function, set()))


def _called(function: Any, seen: set[Any]) -> Iterator[str]:
    """The names of modules, functions and classes that a function may reach, through other functions of the tests."""
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType) or function in seen:
        return
    seen.add(function)
    name = f"{function.__module__}.{function.__qualname__}"
    yield name
    if not name.startswith(FOLLOWED):
        return
    names = set(_names(function.__code__))
    yield from names
    values = [function.__globals__[n] for n in names if n in function.__globals__]
    modules = [m for m in values if inspect.ismodule(m) and m.__name__.startswith(OURS)]
    values += [getattr(module, n, None) for module in modules for n in names]
    classes = [base for c in values if inspect.isclass(c) for base in c.__mro__]
    yield from (f"{c.__module__}.{c.__qualname__}" for c in classes)
    values += [method for c in classes if c.__module__.startswith(FOLLOWED) for method in vars(c).values()]
    for value in values:
        yield from _called(value, seen)


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function uses, and those that functions within it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
