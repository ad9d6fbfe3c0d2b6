"""Mutation testing: the share of small changes of our code that the tests notice.

    python -m benchmarks.mutants ingest/dates --tests tests/test_dates.py
    python -m benchmarks.mutants kg/tracking --sample 150 --seed 1 --tests tests/test_tracking_*.py tests/test_identities.py

The tests run once, to find which lines each of them reaches. Then each mutant runs in a fork of this process with the tests
that reach its line, until one fails. Nothing is written: the function's code object is replaced in memory. Only bodies of
functions are changed, not tables and patterns of modules. Printed are the mutants that survive and the share that is killed;
``--only PATH:LINE`` tries those of one line. Needs ``os.fork`` (Linux, macOS).
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import importlib
import inspect
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).resolve().parent.parent
MEMORY = 3 << 30  #: what a mutant that never ends may take
QUICK = "not (model or processes or pages or browser or virtuoso or slow)"
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of a function: the node's number in the walk of its module, and the number of the change."""

    path: Path
    line: int
    function: tuple[str, int]  #: qualified name and first line
    node: int
    change: int
    words: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}  {self.words}"


def changes(node: ast.AST) -> Iterator[ast.AST | None]:
    """What a node may become; None removes a statement."""
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                yield ast.Compare(left, [*ops[:i], COMPARISONS[type(op)](), *ops[i + 1 :]], comparators)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, op, right) | ast.AugAssign(left, op, right) if type(op) in ARITHMETIC:
            yield type(node)(left, ARITHMETIC[type(op)](), right)
        case ast.If(test) | ast.While(test) | ast.IfExp(test) if not isinstance(
            test, ast.Compare | ast.BoolOp | ast.UnaryOp
        ):
            changed = copy.copy(node)
            changed.test = ast.UnaryOp(ast.Not(), test)
            yield changed
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(str(value)) if value:
            yield ast.Constant("")
        case ast.Return(ast.AST() as value) if not _is_empty(value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.Continue() | ast.Break() | ast.Raise():
            yield None
        case ast.Assign([ast.Attribute() | ast.Subscript(), *_]):
            yield None


def _is_empty(value: ast.AST) -> bool:
    """Whether a value is written as an empty one; callers mostly ask for its truth, so that None changes nothing."""
    match value:
        case ast.Constant():
            return not value.value
        case ast.List(elts) | ast.Tuple(elts):
            return not elts
        case ast.Dict(keys):
            return not keys
    return False


def _nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body that run: no annotations, defaults, docstrings, types of ``cast`` or texts of errors."""
    todo: list[ast.AST] = list(reversed(getattr(function, "body", [])))
    while todo:
        node = todo.pop()
        match node:
            case ast.Expr(ast.Constant()) | ast.Import() | ast.ImportFrom():
                continue
            case ast.JoinedStr(values):
                todo += [v.value for v in values if isinstance(v, ast.FormattedValue)]
                continue
            case ast.Raise() | ast.Assert():
                yield node
                continue
            case ast.AnnAssign(target, _, value):
                todo += [target, *([value] if value else [])]
                continue
            case ast.FunctionDef(body=body):
                todo += reversed(body)
                continue
        yield node
        todo += reversed(list(ast.iter_child_nodes(node)))


def _functions(tree: ast.Module) -> Iterator[tuple[tuple[str, int], ast.FunctionDef]]:
    """The outermost functions of a module, methods among them; a code object is found by its name and first line."""
    for node in tree.body:
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef):
                first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
                yield (owner + function.name, first), function


def mutants(path: Path) -> Iterator[Mutant]:
    """All mutants of a file."""
    for name, function in _functions(ast.parse(path.read_text("utf-8"))):
        for number, node in enumerate(_nodes(function)):
            for change, new in enumerate(changes(node)):
                old = _shown(node)
                words = f"{old}  →  {_shown(new)}" if new else f"{old}  removed"
                yield Mutant(path, node.lineno, name, number, change, words)  # type: ignore[attr-defined]


def _shown(node: ast.AST) -> str:
    """The first line of the code of a node."""
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0][:90]


def code(mutant: Mutant) -> CodeType:
    """The code object of the changed function."""
    tree = ast.parse(mutant.path.read_text("utf-8"))
    function = next(f for name, f in _functions(tree) if name == mutant.function)
    old = list(_nodes(function))[mutant.node]
    new = list(changes(old))[mutant.change]
    new = ast.copy_location(new or ast.Pass(), old)

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return new if node is old else self.generic_visit(node)

    Replace().visit(tree)
    module = compile(ast.fix_missing_locations(tree), str(mutant.path), "exec")
    return next(c for c in _codes(module) if (c.co_qualname, c.co_firstlineno) == mutant.function)  # type: ignore[attr-defined]


def _codes(outer: CodeType) -> Iterator[CodeType]:
    """The code objects within a code object."""
    for constant in outer.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


class Tester:
    """A plugin of pytest that runs the tests once, and then for each mutant those that reach its line."""

    def __init__(self, chosen: list[Mutant]) -> None:
        self.mutants = chosen
        self.paths = {str(m.path) for m in chosen}
        self.reaching: dict[tuple[str, int], set[int]] = defaultdict(set)  #: the tests that reach a line
        self.seconds: list[float] = []  #: what each test takes
        self.survived: list[Mutant] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's loop over the tests."""
        items, say = session.items, session.config.pluginmanager.get_plugin("terminalreporter").write_line
        caches = [f for f in gc.get_objects() if isinstance(f, _lru_cache_wrapper) and _file(f) in self.paths]
        for item, after in pairwise([*items, None]):
            if not self._trace(item, after, caches):
                pytest.exit(f"{item.nodeid} fails without a mutant", 1)
        functions = [f for f in gc.get_objects() if isinstance(f, FunctionType) and _file(f) in self.paths]
        say(f"{len(items)} tests take {sum(self.seconds):.0f} s")
        for number, mutant in enumerate(self.mutants, 1):
            tests = self._tests(mutant, items)
            if not tests or self._survives(mutant, [items[i] for i in tests], functions, caches):
                self.survived.append(mutant)
                say(f"[{number}/{len(self.mutants)}] {mutant}  ({len(tests)} tests)")
        return True

    def _trace(self, item: pytest.Item, after: pytest.Item | None, caches: list[Any]) -> bool:
        """Run a test and note which lines it reaches and how long it takes; whether it passes."""
        lines: set[tuple[str, int]] = set()

        def within(frame: FrameType, event: str, _: Any) -> Any:
            lines.add((frame.f_code.co_filename, frame.f_lineno))
            return within

        def called(frame: FrameType, event: str, _: Any) -> Any:
            return within(frame, event, _) if frame.f_code.co_filename in self.paths else None

        for f in caches:
            f.cache_clear()  # what another test left there is reached by this one too
        start = time.perf_counter()
        threading.settrace(called)
        sys.settrace(called)
        try:
            passed = _passes(item, after)
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
        for line in lines:
            self.reaching[line].add(len(self.seconds))
        self.seconds.append(time.perf_counter() - start)
        return passed

    def _tests(self, mutant: Mutant, items: list[pytest.Item]) -> list[int]:
        """The tests that reach a mutant, the quickest file first."""
        found = self.reaching[str(mutant.path), mutant.line]
        cost: dict[Path, float] = defaultdict(float)
        for i in found:
            cost[items[i].path] += self.seconds[i]
        return sorted(found, key=lambda i: (cost[items[i].path], i))

    def _survives(self, mutant: Mutant, tests: list[pytest.Item], functions: list[Any], caches: list[Any]) -> bool:
        """Whether the tests pass with a mutant, tried in a process of its own."""
        allowed = 10 + 2 * int(sum(self.seconds[i] for i in self.reaching[str(mutant.path), mutant.line]))
        changed = code(mutant)
        if child := os.fork():
            return os.waitpid(child, 0)[1] == 0
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(allowed)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        passed = False
        try:
            for f in functions:
                if (f.__qualname__, f.__code__.co_firstlineno, _file(f)) == (*mutant.function, str(mutant.path)):
                    f.__code__ = changed
            for f in caches:
                f.cache_clear()
            passed = all(_passes(item, after) for item, after in pairwise([*tests, None]))
        finally:
            os._exit(not passed)


def _file(function: Any) -> str:
    """The file in which a function, or one that remembers its answers, is defined."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_filename if code else ""


def _passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    """Whether a test passes or is skipped."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="modules, or folders of modules")
    parser.add_argument("--tests", nargs="+", required=True, help="files of tests")
    parser.add_argument("-m", dest="marks", default=QUICK, help="which of their tests (default: those of `make quick`)")
    parser.add_argument("--sample", type=int, default=150, help="how many mutants (default: 150)")
    parser.add_argument("--seed", type=int, default=1, help="which mutants (default: 1)")
    parser.add_argument("--only", default="", metavar="PATH:LINE", help="the mutants of one line")
    args = parser.parse_args()
    files = [f.resolve() for p in args.paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    found = [m for f in files for m in mutants(f) if not args.only or str(m).startswith(f"{args.only} ")]
    for f in files:
        importlib.import_module(".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    tester = Tester(random.Random(args.seed).sample(found, min(args.sample, len(found))))
    os.environ["CI"] = "1"  # the same examples for each mutant
    options = ["-qq", "-p", "no:cacheprovider", "-o", "tmp_path_retention_policy=none", "-m", args.marks]
    if status := pytest.main([*options, *args.tests], plugins=[tester]):
        return int(status)
    tried, killed = len(tester.mutants), len(tester.mutants) - len(tester.survived)
    print(f"killed: {killed} of {tried} ({killed / max(tried, 1):.0%}), sampled from {len(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
