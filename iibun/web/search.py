"""Search over names, sentences and titles, in any script: matching, ranking, and what to mark in a result.

Each word of a query must match, in any order: as it is written, by its sound (:mod:`iibun.web.spelling`), or by a synonym
(:mod:`iibun.web.synonyms`). If nothing has all the words, a word may have one wrong letter. A claim also matches by the
name of its speaker, which ranks highest, by what it is about, and, beside a word of its own, by the title and outlet of
its article. :class:`iibun.web.tables.Tables` searches a store with it, for the page, ``iibun search`` and agents.

>>> entries = [Entry("entity", "1", "サティア・ナデラ", ("ナデラ氏",)), Entry("claim", "2", "電力が足りない", by=("1",))]
>>> [[e.key for e in Index(entries).find(q)] for q in ("なでら", "nadera", "電力　ナデラ", "nadora", "水力")]
[['2', '1'], ['2', '1'], ['2'], ['2', '1'], []]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from iibun.web.spelling import alike, fold, katakana, sound
from iibun.web.synonyms import synonyms

#: Characters of a query that count.
LONGEST = 200
_JOINT = re.compile(r"[・･=＝\s]+")
_KANA = re.compile("[ァ-ヶー]{3,}")
_RUN = re.compile("[ァ-ヶー]+")
_TOKEN = re.compile("[a-z]{4,}|[ァ-ヶー]{3,}")
#: What a match is worth: a whole text, its beginning, within it; less by sound, by a synonym, with a wrong letter.
_WHOLE, _BEGINS, _WITHIN = 3.0, 2.0, 1.0
_SOUND, _SYNONYM, _WRONG = 0.5, 0.6, 0.7
#: What is added to the worth of a speaker's name for the speaker's claims; the share for what they are about; their article.
_SPEAKER, _ABOUT, _ARTICLE = 2.0, 0.25, 0.25

#: Words as written by their form, by its length.
Vocabulary = dict[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a search can find.

    Args:
        kind: by which results are grouped and filtered.
        key: identifies it, for example its IRI.
        label: its name, which is matched.
        others: other texts that are matched: aliases, the wording.
        weight: orders entries that match equally well; larger is earlier.
        readings: how its names are read, in kana.
        by: keys of entries by whose name it is found, too: its speakers.
        about: keys of entries by whose name it is found, with less worth.
        within: key of the entry by whose words it is found beside words of its own: its article.
    """

    kind: str
    key: str
    label: str
    others: tuple[str, ...] = ()
    weight: float = 0.0
    readings: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    within: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query, with what is looked for in its place.

    Args:
        typed: as typed.
        folded: the folded form.
        sounds: what it may sound like.
        others: the folded forms of its synonyms.
        near: words that occur and differ from it by one letter.
        near_sounds: the sounds of those in katakana.
    """

    typed: str
    folded: str
    sounds: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    near_sounds: tuple[str, ...] = ()


def words(query: str) -> tuple[Word, ...]:
    """The words of a query; full-width spaces separate them, too.

    >>> [(w.folded, w.sounds) for w in words("電力　Guuguru")]
    [('電力', ()), ('guuguru', ('ググル',))]
    """
    found = []
    for typed in query[:LONGEST].split():
        if folded := fold(typed):
            kana = [folded] if _KANA.fullmatch(folded) else katakana(typed)
            sounds = (s for s in map(sound, kana) if len(s) > 1)
            found.append(Word(typed, folded, tuple(dict.fromkeys(sounds)), synonyms(folded)))
    return tuple(dict.fromkeys(found))


def fits(word: str, before: Any, after: Any, *, alone: bool = False) -> Any:
    """Whether a word may stand between two characters (code points, or arrays of them): no part of a longer number or word.

    Args:
        word: in its folded form. One of up to three Latin letters may stand at an edge of a longer run of letters.
        before: 0 at the beginning of a text.
        after: 0 at its end.
        alone: a short Latin word must have no letter beside it.

    >>> bool(fits("200億円", ord("1"), 0)), bool(fits("ai", ord("d"), ord("w"))), bool(fits("ai", ord("n"), 0))
    (False, False, True)
    """
    import numpy as np

    bad = np.less(before, 0)
    if "0" <= word[0] <= "9":
        bad = bad | _is(before, "0", "9")
    if len(word) < 4 and word.isascii() and word.isalpha():
        left, right = _is(before, "a", "z"), _is(after, "a", "z")
        bad = bad | (left | right if alone else left & right)
    return np.logical_not(bad)


def _is(code: Any, first: str, last: str) -> Any:
    import numpy as np

    return np.greater_equal(code, ord(first)) & np.less_equal(code, ord(last))


class Index:
    """The entries of a search, in whose texts words are found by :class:`iibun.web.substrings.Texts`."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        import numpy as np

        from iibun.web.substrings import Texts

        self.entries = list(entries)
        written: list[str] = []
        heard: list[str] = []
        written_by: list[int] = []
        heard_by: list[int] = []
        for i, entry in enumerate(self.entries):
            texts, sounds = _texts(entry)
            written += texts
            heard += sounds
            written_by += [i] * len(texts)
            heard_by += [i] * len(sounds)
        self._written, self._written_by = Texts(written), np.array(written_by, dtype=np.int64)
        self._heard, self._heard_by = Texts(heard), np.array(heard_by, dtype=np.int64)
        self._at = at = {entry.key: i for i, entry in enumerate(self.entries)}
        self._weights = np.array([entry.weight for entry in self.entries], dtype=np.float32)
        self._lengths = np.array([len(entry.label) for entry in self.entries], dtype=np.int32)

        def ties(keys: Iterable[Iterable[str]]) -> Any:
            """Pairs of the entries that keys name and the entries that have these keys, as two rows."""
            pairs = [(at[key], i) for i, some in enumerate(keys) for key in some if key in at]
            return np.array(pairs, dtype=np.int64).reshape(-1, 2).T

        self._by = ties(e.by for e in self.entries)
        self._about = ties(e.about for e in self.entries)
        self._within = ties((e.within,) if e.within else () for e in self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, query: str, *, kinds: Iterable[str] | None = None, limit: int = 20) -> list[Entry]:
        """The entries that match every word of a query, best first.

        Args:
            query: as typed, in any script; an empty query finds nothing.
            kinds: only entries of these kinds; None for all.
            limit: most entries.
        """
        found = search(query, [(self, frozenset())]).entries
        wanted = set(kinds) if kinds is not None else None
        return [e for e in found if wanted is None or e.kind in wanted][:limit]

    def ranked(self, asked: Iterable[Word], gone: Iterable[str] = ()) -> tuple[Any, Any, Any, Any]:
        """The entries that match every word: their numbers, and three columns by which they are sorted.

        Args:
            asked: the words.
            gone: keys of entries that are left out.
        """
        import numpy as np

        total: Any = None
        own: Any = False
        near: Any = True
        for word in asked:
            said, about, aside = self._worth(word)
            worth = np.maximum(np.maximum(said, about), aside)
            total = worth if total is None else np.where((total > 0) & (worth > 0), total + worth, 0)
            own = own | (said > 0)
            near = near & ((said > 0) | (about > 0))
        if total is None:
            total = np.zeros(len(self.entries))
        good = (total > 0) & (own | near)
        good[[self._at[key] for key in gone if key in self._at]] = False
        at = np.flatnonzero(good)
        return at, -total[at], -self._weights[at], self._lengths[at]

    def _worth(self, word: Word) -> tuple[Any, Any, Any]:
        """What a word's match is worth for each entry: in its texts or by its speaker, by what it is about, by its article."""
        import numpy as np

        direct = np.zeros(len(self.entries), dtype=np.float32)
        tiers = (
            (self._written, self._written_by, (word.folded,), 0.0), (self._heard, self._heard_by, word.sounds, _SOUND),
            (self._written, self._written_by, word.others, _SYNONYM), (self._written, self._written_by, word.near, _WRONG),
            (self._heard, self._heard_by, word.near_sounds, _WRONG),
        )  # fmt: skip
        for texts, owners, forms, less in tiers:
            for form in forms:
                hits = texts.find(form)
                good = fits(form, hits.before, hits.after, alone=less == _SYNONYM)
                owner = owners[hits.text]
                begins, ends = hits.before == 0, hits.after == 0
                for worth, which in ((_WITHIN, good), (_BEGINS, good & begins), (_WHOLE, good & begins & ends)):
                    some = owner[which]
                    direct[some] = np.maximum(direct[some], worth - less)
        named = np.where(direct > _WITHIN, direct, 0)  # so that 電力 is no name of 東京電力
        said, about, aside = direct.copy(), np.zeros_like(direct), np.zeros_like(direct)
        reach = (
            (self._by, said, np.where(named > 0, named + _SPEAKER, 0)), (self._about, about, named * _ABOUT),
            (self._within, aside, (direct > 0) * _ARTICLE),
        )  # fmt: skip
        for (one, other), worths, values in reach:
            np.maximum.at(worths, other, values[one].astype(np.float32))
        return said, about, aside

    def near(self, word: Word) -> Word:
        """The word with what occurs here and differs from it by one letter; kanji and numbers have no such letters."""
        latin, kana = self._vocabulary
        written = [*_near(word.folded, latin)] if re.fullmatch("[a-z]{4,}", word.folded) else []
        heard = [s for form in word.sounds if len(form) > 2 for s in _near(form, kana)]
        written += [kana[len(form)][form] for form in heard]
        near, sounds = (tuple(dict.fromkeys(x)) for x in ((*word.near, *written), (*word.near_sounds, *heard)))
        return replace(word, near=near, near_sounds=sounds)

    @cached_property
    def _vocabulary(self) -> tuple[Vocabulary, Vocabulary]:
        """The words in Latin letters, and those in katakana by their sounds."""
        latin: Vocabulary = {}
        kana: Vocabulary = {}
        for entry in self.entries:
            for text in (entry.label, *entry.others, *entry.readings):
                for token in _TOKEN.findall(unicodedata.normalize("NFKC", text).lower()):
                    form = token if token.isascii() else sound(token)
                    if len(form) > 2:
                        (latin if token.isascii() else kana).setdefault(len(form), {}).setdefault(form, token)
        return latin, kana


def _texts(entry: Entry) -> tuple[list[str], list[str]]:
    """The folded texts of an entry, and the sounds of its names or of what its texts have in katakana."""
    names = [entry.label, *entry.others]
    if entry.kind == "entity":
        names += [part for name in names if len(parts := _JOINT.split(name)) > 1 for part in parts if len(part) > 1]
    written = [*dict.fromkeys(filter(None, map(fold, (*names, *entry.readings))))]
    if entry.kind == "entity":
        heard = [sound(text) for text in written if _RUN.search(text)]
    else:  # in sentences, hiragana is mostly endings and particles, which would be found by mistake
        heard = [_heard(name) for name in names]
    return written, [*dict.fromkeys(filter(None, heard))]


def _heard(text: str) -> str:
    """The sounds of the katakana in a text, with a mark for what stands between."""
    plain = unicodedata.normalize("NFKC", text).replace("・", "")
    return sound(re.sub("[^ァ-ヶー]+", "\x01", plain)) if _RUN.search(plain) else ""


def _near(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The words of a vocabulary that differ from a word by one letter."""
    half = len(word) // 2
    head, tail = word[:half], word[half:]
    for size in (len(word) - 1, len(word), len(word) + 1):
        for other in sorted(vocabulary.get(size, ())):
            # one letter changes only one of the halves
            if (other.startswith(head) or other.endswith(tail)) and other != word and alike(word, other):
                yield other


@dataclass(frozen=True, slots=True)
class Results:
    """What a search has found.

    Args:
        words: the words of the query, with what was looked for in their place.
        entries: best first.
        guessed: whether nothing had all the words as they are written, so that a letter may differ.
    """

    words: tuple[Word, ...] = ()
    entries: tuple[Entry, ...] = ()
    guessed: bool = False

    def of(self, *kinds: str) -> list[Entry]:
        """The entries of some kinds, best first."""
        return [entry for entry in self.entries if entry.kind in kinds]


def search(query: str, indexes: Iterable[tuple[Index, frozenset[str]]]) -> Results:
    """The entries of some indexes that match every word of a query, best first.

    Args:
        query: as typed.
        indexes: each with the keys of entries that are not to be found in it.
    """
    import numpy as np

    asked, some = words(query), list(indexes)

    def ranked() -> tuple[Entry, ...]:
        columns = [index.ranked(asked, gone) for index, gone in some]
        entries = [index.entries[n] for (index, _), (at, *_) in zip(some, columns, strict=True) for n in at.tolist()]
        worths, weights, lengths = (np.concatenate([column[k] for column in columns]) for k in (1, 2, 3))
        return tuple(entries[n] for n in np.lexsort((lengths, weights, worths)).tolist())

    found = ranked()
    if guessed := not found:
        for index, _ in some:
            asked = tuple(map(index.near, asked))
        if any(word.near or word.near_sounds for word in asked):
            found = ranked()
    return Results(asked, found, guessed and bool(found))
