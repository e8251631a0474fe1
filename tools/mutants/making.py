"""Mutants of a module's source, by the operators of cosmic-ray, always the same sample of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, takewhile

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# These need arguments, or say what the language takes for the same: ``==`` of small numbers, words
# and enumerations is ``is``, and the other way round.
LEFT_OUT = {
    "core/VariableReplacer",
    "core/VariableInserter",
    "core/ReplaceComparisonOperator_Eq_Is",
    "core/ReplaceComparisonOperator_Is_Eq",
    "core/ReplaceComparisonOperator_NotEq_IsNot",
    "core/ReplaceComparisonOperator_IsNot_NotEq",
}
WORDS = {ast.LtE: ast.Eq, ast.GtE: ast.Eq, ast.Lt: ast.NotEq, ast.Gt: ast.NotEq}
OPERATORS = {name: get_operator(name)() for name in operator_names() if name not in LEFT_OUT}


@dataclass(frozen=True)
class Mutant:
    """One change of one module: its file, the first line that differs, and how the lines read."""

    module: str
    line: int
    was: str
    now: str
    source: str

    def diff(self) -> str:
        """As people read it."""
        mark = f"{self.module}:{self.line}"
        return "\n".join(
            [mark, *(f"  - {line}" for line in self.was.splitlines())]
            + [f"  + {line}" for line in self.now.splitlines()]
        )


@dataclass(frozen=True)
class Candidate:
    """Where an operator finds something: its so-manieth find in the source."""

    operator: str
    occurrence: int
    place: tuple[int, int]
    text: str

    def order(self) -> str:
        """Like chance, but the same in every run, whatever happens to other lines."""
        return sha256(f"{self.operator} {self.place[1]} {self.text}".encode()).hexdigest()


def mutants(module: str, source: str, limit: int | None) -> list[Mutant]:
    """All of a module, or a sample that has something of as many places as possible."""
    return list(islice(_of(module, source), limit))


def _of(module: str, source: str) -> Iterator[Mutant]:
    meant = _meaning(source)
    for candidate in _spread(_candidates(source)):
        changed = _mutate(source, candidate)
        if changed is not None and _meaning(changed) != meant:
            yield _compared(module, source, changed)


def _mutate(source: str, candidate: Candidate) -> str | None:
    with suppress(AttributeError):  # where several exceptions are caught, one of them of a module
        return mutate_code(source, OPERATORS[candidate.operator], candidate.occurrence)
    return None


def _candidates(source: str) -> Iterator[Candidate]:
    lines = source.splitlines()
    nodes = [*ast_nodes(get_ast(source))]
    for name, operator in OPERATORS.items():
        places = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, place in enumerate(places):
            yield Candidate(name, occurrence, place, lines[place[0] - 1])


def _spread(candidates: Iterator[Candidate]) -> list[Candidate]:
    """One of each place, then a second of each that has one, and so on."""
    seen: Counter[tuple[int, int]] = Counter()
    rounds = []
    for candidate in sorted(candidates, key=Candidate.order):
        rounds.append((seen[candidate.place], candidate))
        seen[candidate.place] += 1
    return [candidate for _, candidate in sorted(rounds, key=lambda pair: pair[0])]


class _Meant(ast.NodeTransformer):
    """Leaves away what no test could notice: annotations, interfaces and what may not be assigned
    to, which are for mypy; whether calls name arguments; caches, which change how fast, not what;
    and the order of words, of which no one is before another."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases):
            return None
        node.keywords = [one for one in node.keywords if one.arg not in ("kw_only", "frozen")]
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        match node:
            case ast.Compare(ops=[op], comparators=[ast.Constant(value=str(word))]) if (
                word.isalpha()
            ):
                node.ops = [WORDS.get(type(op), type(op))()]
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = node.posonlyargs + node.args + node.kwonlyargs
        node.defaults += filter(None, node.kw_defaults)
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.decorator_list = [one for one in node.decorator_list if "cache'" not in ast.dump(one)]
        return self.generic_visit(node)


def _meaning(source: str) -> str | None:
    """What the interpreter runs; of what it cannot read, nothing."""
    try:
        return ast.dump(_Meant().visit(ast.parse(source)))
    except SyntaxError:
        return None


def _compared(module: str, source: str, changed: str) -> Mutant:
    old, new = source.splitlines(), changed.splitlines()
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    was, now = (
        "\n".join(filter(None, map(str.strip, lines[start : len(lines) - end])))
        for lines in (old, new)
    )
    return Mutant(module, start + 1, was, now, changed)


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)
