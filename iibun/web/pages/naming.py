"""Fields to choose entities by name in a form: first those of the article, then those of the store, or a new name."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from iibun.i18n import TYPE_CODES, label, t
from iibun.web import account, answers, markdown, tables
from iibun.web.article_view import Reading
from kg.names import normal_name

#: Most entities of the store that are offered beside the article's own; others are found if their name is typed.
OFFERED = 500
#: Endings of names for which the type Organization is proposed.
_ORGANIZATIONS = (
    "社",
    "省",
    "庁",
    "党",
    "銀行",
    "大学",
    "会",
    "署",
    "局",
    "所",
    "部",
    "課",
    "市",
    "県",
    "府",
    "都",
    "町",
    "村",
)


@dataclass(frozen=True)
class Names:
    """Entities to choose from.

    Args:
        shown: IRI → what the form shows for it.
        written: name in its normal form → IRI.
    """

    shown: dict[str, str]
    written: Mapping[str, str]

    def words(self, choice: str) -> str:
        """What the form shows for a choice: an entity's name, or the text as typed."""
        return self.shown.get(choice, choice)

    def known(self, choice: str) -> str | None:
        """The entity of a choice (an IRI from the list, or a typed name); None for a new name."""
        return choice if choice in self.shown else self.written.get(normal_name(choice))


def names(article: Reading) -> Names:
    """The names to choose from in forms about an article."""
    data = tables.current()
    here = {m["entity"]: m["label"] or m["entity"] for m in article.mentions}
    for c in article.cards:
        here |= {n.iri: n.label for n in (*c.sources, *c.about)}
    for r in article.relations:
        here |= {r["subject"]: r["subjectLabel"], r["object"]: r["objectLabel"]}
    order = sorted(here, key=here.__getitem__)
    order += [iri for iri in data.entities.index[:OFFERED] if iri not in here]
    called = {iri: here.get(iri) or data.label(iri) for iri in order}
    often = Counter(called.values())
    kinds = data.entities["type"]
    taken: dict[str, str] = {}
    for iri, name in called.items():
        word = t("common.with-kind", name=name, kind=label("type", kinds.get(iri))) if often[name] > 1 else name
        while word in taken:
            word += "\u2009"  # Streamlit needs different labels; a thin space makes equal ones differ
        taken[word] = iri
    first = {normal_name(called[iri]): iri for iri in reversed(order)}  # reversed, so that the article's own win
    written = ChainMap(first, answers.remembered(("written",), everywhere))
    return Names({iri: word for word, iri in taken.items()}, written)


def everywhere() -> dict[str, str]:
    """All names of the store in their normal form, each with its entity; of several, the one with the most claims."""
    entities = tables.current().entities
    found: dict[str, str] = {}
    for iri, some in zip(entities.index, entities["names"], strict=True):
        for one in some:
            found.setdefault(normal_name(one), iri)
    return found


def types(new: Iterable[str], key: str) -> dict[str, str]:
    """Show a field for the type of each new name, and return the types by name."""
    chosen: dict[str, str] = {}
    for n, name in enumerate(new):
        chosen[name] = st.selectbox(
            t("article.new-name", name=markdown.plain(name)), TYPE_CODES, TYPE_CODES.index(guess(name)), key=f"{key}-type-{n}",
            format_func=lambda kind: label("type", kind),
        )  # fmt: skip
    return chosen


def guess(name: str) -> str:
    """The type that is proposed for a new name.

    >>> guess("御影坂銀行"), guess("御影坂静流")
    ('Organization', 'Person')
    """
    return "Organization" if name.endswith(_ORGANIZATIONS) else "Person"


def choose_one(what: str, known: Names, before: str | None, key: str) -> str | None:
    """Show a field for one name; returns an IRI, or the name as typed.

    Args:
        what: label of the field.
        known: the names to choose from.
        before: IRI chosen at first.
        key: of the widget.
    """
    options = list(known.shown)
    return st.selectbox(
        what, options, options.index(before) if before in known.shown else None, format_func=known.words,
        placeholder=t("article.choose-or-type"), key=key, accept_new_options=True,
    )  # fmt: skip


def unknown(known: Names, choices: Iterable[str | None]) -> list[str]:
    """The choices that are new names, each once."""
    return list(dict.fromkeys(c.strip() for c in choices if c and c.strip() and not known.known(c)))


def enter(article: Reading, known: Names, kinds: dict[str, str]) -> Any:
    """Record new entities in the log, and return a function that gives the IRI of each choice.

    Args:
        article: where the names occur.
        known: the names to choose from.
        kinds: types of the new names, by name.
    """
    from kg.tracking import additions

    made = {
        name: additions.name(answers.store(), name, kind, author=account.author(), article=article.iri)
        for name, kind in kinds.items()
    }
    return lambda choice: known.known(choice) or made[choice.strip()]
