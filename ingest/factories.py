"""Our components as spaCy knows them. The entry point ``spacy_factories`` names this module, so that
``nlp.add_pipe("iibun")`` works on any ``ja_ginza`` once Iibun is installed.

spaCy imports this module whenever it makes a pipeline, of whatever language. Hence it imports nothing but spaCy; the module
of a component is imported when the component is added.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from kg.errors import IibunError

if TYPE_CHECKING:
    from collections.abc import Callable

#: The key of ``doc.user_data`` for the names of our components that have run.
RAN = "iibun_components"


class OutOfOrder(IibunError):
    """A component runs before one that it needs."""


class Row(NamedTuple):
    """A component: its name, the module with the function of that name, and what it works with.

    ``needs`` are the components of ours that must have run; ``requires`` and ``assigns`` are the attributes that it reads and
    sets, for ``nlp.analyze_pipes()``.
    """

    name: str
    module: str
    needs: tuple[str, ...]
    requires: tuple[str, ...]
    assigns: tuple[str, ...]


_ENTITIES, _MENTIONS, _FIGURES, _CLAIMS = "doc._.entities", "doc._.mentions", "doc._.figures", "doc._.claims"

#: The components in the order in which they run after GiNZA's own.
COMPONENTS: tuple[Row, ...] = (
    Row("iibun_reader", "ingest.reader", (), ("doc.tensor", "doc.ents"), ("doc._.encoded",)),
    Row("iibun_entities", "ingest.entities", ("iibun_reader",), ("doc._.encoded",), (_ENTITIES, _MENTIONS)),
    Row("iibun_coreference", "ingest.coreference", ("iibun_entities",), (_ENTITIES, _MENTIONS), (_MENTIONS,)),
    Row("iibun_figures", "ingest.figures", ("iibun_coreference",), (_ENTITIES, _MENTIONS), (_FIGURES,)),
    Row("iibun_dates", "ingest.dates", (), (), ("doc._.dates",)),
    Row(
        "iibun_relations", "ingest.relations", ("iibun_reader", "iibun_figures"),
        ("doc._.encoded", _ENTITIES, _MENTIONS, _FIGURES), ("doc._.relations",),
    ),
    Row("iibun_claims", "ingest.claims", ("iibun_reader", "iibun_figures"), ("doc._.encoded", _MENTIONS, _FIGURES), (_CLAIMS,)),
    Row("iibun_predictions", "ingest.predictions", ("iibun_claims", "iibun_dates"), (_CLAIMS, "doc._.dates"), (_CLAIMS,)),
    Row("iibun_speakers", "ingest.coreference.first_person", ("iibun_claims", "iibun_relations"), (_CLAIMS, "doc._.relations"), (_MENTIONS,)),
)  # fmt: skip

#: The component that stands for all: it needs the others, and makes span groups of what they found.
WHOLE = Row("iibun", "ingest.spans", tuple(row.name for row in COMPONENTS), (_CLAIMS, _MENTIONS), ("doc.spans",))


class Component:
    """A component in a pipeline. It says so if one that it needs has not run on a document.

    Args:
        row: of the component.
    """

    def __init__(self, row: Row) -> None:
        self.row = row
        self._run: Callable[[Doc], Doc] = getattr(importlib.import_module(row.module), row.name)

    def __call__(self, doc: Doc) -> Doc:
        """Run on a document.

        Raises:
            OutOfOrder: if a component that this one needs has not run, or the text was not cut by our tokenizer.
        """
        if doc._.clean is None:
            raise OutOfOrder(
                f"{self.row.name} needs a document that Iibun's tokenizer made: call nlp(text) with the text."
            )
        ran: list[str] = doc.user_data.setdefault(RAN, [])
        if missing := [name for name in self.row.needs if name not in ran]:
            raise OutOfOrder(
                f"{self.row.name} needs {' and '.join(missing)} before it in the pipeline, where it is missing or disabled; "
                'nlp.add_pipe("iibun") adds all components in order.'
            )
        doc = self._run(doc)
        ran.append(self.row.name)
        return doc


def needed(row: Row) -> list[Row]:
    """What a component needs, and what that needs in turn, in the order in which it runs.

    >>> [r.name for r in needed(COMPONENTS[2])]
    ['iibun_reader', 'iibun_entities']
    """
    names = set(row.needs)
    for other in reversed(COMPONENTS):
        if other.name in names:
            names.update(other.needs)
    return [r for r in COMPONENTS if r.name in names]


def _register(row: Row) -> None:
    def make(nlp: Language, name: str) -> Any:
        from ingest.ginza import prepare

        prepare(nlp)
        there = set(nlp.pipe_factories.values())
        for other in needed(row):
            if other.name not in there:
                nlp.add_pipe(other.name)
        return Component(row)

    Language.factory(row.name, requires=row.requires, assigns=row.assigns, func=make)


for _row in (*COMPONENTS, WHOLE):
    for _result in _row.assigns:
        _name = _result.removeprefix("doc._.")
        if _name != _result and not Doc.has_extension(_name):
            Doc.set_extension(_name, default=None if _name == "encoded" else [])
    _register(_row)
