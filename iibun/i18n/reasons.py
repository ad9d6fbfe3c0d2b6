"""Words the reasons that are kept in the graph (why something was extracted) for readers, in Japanese and English.

ingest writes reasons as short codes ("cue と述べた, row 述べる"): a rule or a model, and its probability. Each is
recognised by a pattern; ``reasons.json`` has the sentence in both languages, with the pattern's named groups. Reasons that
differ only in their probability are shown once, with the range. A reason without a pattern is shown as it is.

>>> sentences(["cue と述べた, row 述べる", "recogniser 0.93", "recogniser 0.98"], "ja")
['「と述べた」の前なので発言とみなしました（伝える言葉の一覧の「述べる」）', '前後の文脈から名前と判断しました（確信度 93～98%）']
>>> sentences(["short for 氷室玲奈", "said by hand"], "en")
['Short for 氷室玲奈', 'said by hand']
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from iibun.i18n import Language, has, language, translate

#: Keys of ``reasons.json`` with patterns for what ingest writes; the first match counts, and this is the order on the page.
#: Groups: ``p`` is a probability, those of ``_CODES`` are codes, the rest are words of the text.
_PATTERNS = (
    ("cue-row", r"cue (?P<word>.+), row (?P<row>.+)"),
    ("cue", r"cue (?P<word>.+)"),
    ("quotation", r"in quotation marks"),
    ("narrated", r"said by the article itself"),
    ("content", r"content (?P<p>[01]\.\d+)"),
    ("source", r"source (?P<name>.+) (?P<p>[01]\.\d+)"),
    ("source-told", r"source (?P<name>.+), as its sentence or list names it"),
    ("or-nobody", r"or nobody (?P<p>[01]\.\d+)"),
    ("or-unnamed", r"or somebody without a name (?P<p>[01]\.\d+)"),
    ("or", r"or (?P<name>.+) (?P<p>[01]\.\d+)"),
    ("modality", r"modality (?P<modality>[a-z]+), prediction (?P<p>[01]\.\d+)"),
    ("llm", r"read by (?P<name>.+)"),
    ("no-date", r"the article has no date, so (?P<word>.+) cannot be told"),
    # names
    ("recogniser", r"recogniser (?P<p>[01]\.\d+)"),
    ("ginza", r"GiNZA \S+"),
    ("listed-type", r"alias table: (?P<type>[A-Z][a-z]+)"),
    ("listed-only", r"alias table only: (?P<name>.+)"),
    ("listed", r"alias table (?P<name>.+) \((?P<type>[A-Z][a-z]+)\)"),
    ("before-office", r"(?:. )?before an office"),
    ("country-letter", r"(?P<word>.) before (?:a name|a common noun)"),
    ("country-before", r"(?P<word>.) before (?P<name>.+)"),
    ("before-title", r"before (?P<word>.+)"),
    ("after-kind-quoted", r"in quotation marks after a kind of (?P<type>[A-Z][a-z]+)"),
    ("after-kind", r"after a kind of (?P<type>[A-Z][a-z]+)"),
    ("after-word", r"after (?P<word>.+)"),
    ("abreast", r"beside another, after a stroke"),
    ("country-of", r"the country of (?P<name>.+)"),
    ("without-country", r"without the country (?P<word>.+)"),
    ("post-before", r"the post before (?P<word>.+)"),
    ("without-post", r"without the post (?P<word>.+)"),
    ("whole", r"with the rest of its words"),
    ("body", r"with the body that it names"),
    ("part-of", r"part of (?!the name: )(?P<name>.+)"),
    ("firm-part", r"a part of it is a firm by what follows"),
    ("firm-short", r"short for a firm"),
    ("firm", r"a firm by what follows"),
    ("kind-before", r"by the kind of thing before it"),
    ("brackets-after", r"in brackets after (?P<name>.+)"),
    ("elsewhere-type", r"article: (?P<name>.+) is (?P<type>[A-Z][a-z]+) elsewhere"),
    ("elsewhere", r"article: (?P<name>.+) is named elsewhere"),
    ("article-short", r"article: short for (?P<name>.+)"),
    ("alias-brackets", r"alias of (?P<name>.+) in brackets"),
    ("short-for", r"short for (?P<name>.+)"),
    ("spelling", r"another spelling of a person's name"),
    ("stands-out", r"(?P<word>.+): stands? out most(?: \(.+\))?"),
    ("side-by-side", r"(?P<word>.+): named side by side"),
    ("as-before", r"(?P<word>.+): as before"),
    ("for-itself", r"(?P<word>.+): speaks for itself"),
    ("spoken-by", r"(?P<word>.+): spoken by (?P<name>.+)"),
    ("same-end", r"同 and the end of (?P<name>.+)"),
    # entities of different articles
    ("one-organization", r"same organization: (?P<name>.+)"),
    ("one-office", r"same office: (?P<word>.+)"),
    ("organization-named", r"its organization is named: (?P<name>.+)"),
    ("both-name", r"both name: (?P<name>.+)"),
    ("other-office", r"other office: (?P<word>.+) / (?P<name>.+)"),
    ("one-row", r"one row of the alias table: (?P<name>.+)"),
    ("same-but-form", r"same name but for its form: (?P<name>.+)"),
    ("other-form", r"other legal form: (?P<word>.+) / (?P<name>.+)"),
    ("called-so", r"called so elsewhere: (?P<name>.+)"),
    ("other-script", r"in another script: (?P<name>.+)"),
    ("part-of-name", r"part of the name: (?P<name>.+)"),
    ("same-officer", r"the same person holds an office: (?P<name>.+)"),
    ("with-prefecture", r"with its prefecture: (?P<name>.+)"),
    ("with-maker", r"with its maker: (?P<name>.+)"),
    ("share-name", r"share the name (?P<name>.+)"),
    ("several-fit", r"several fit"),
    ("two-of-one", r"two of one article"),
    # figures, dates and relations
    ("figure", r"(?P<kind>money|percent|count|duration)"),
    ("figure-range", r"range"),
    ("date-range", r"(?P<date>[a-z]+(?:-word)?)-range"),
    ("implied", r"implied-(?P<date>year|month|week)"),
    ("forward", r"forward"),
    ("undated-past", r"undated-past"),
    ("undated", r"undated"),
    ("until", r"until"),
    ("from", r"from"),
    ("before", r"before"),
    ("date", r"(?P<date>[a-z]+(?:-[a-z]+)?)"),
    ("pair", r"pair model (?P<p>[01]\.\d+)"),
    ("rule", r"(?P<rule>[a-z0-9]+(?:-[a-z0-9]+)*)"),
)  # fmt: skip
_COMPILED = tuple((key, re.compile(pattern, re.DOTALL)) for key, pattern in _PATTERNS)
_ORDER = {key: n for n, key in enumerate(dict.fromkeys(key for key, _ in _PATTERNS))}
_CODES = {"type": "codes.type-{}", "modality": "codes.modality-{}", "kind": "codes.kind-{}", "date": "reasons.day-{}"}


def sentences(reasons: Iterable[str], lang: Language | None = None) -> list[str]:
    """Reasons as sentences, each once, in the order of the patterns.

    Args:
        reasons: as ingest wrote them.
        lang: the language; that of the page if not given.
    """
    spoken = lang or language()
    found: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for text in reasons:
        key, groups = _recognised(text)
        same = (key, *(v for k, v in groups.items() if k != "p")) if key else ("", text)
        found.setdefault(same, []).append(groups)
    rows = sorted(found.items(), key=lambda row: _ORDER.get(row[0][0], len(_ORDER)))
    return [_sentence(same[0], rows_, spoken) if same[0] else same[1] for same, rows_ in rows]


@lru_cache(maxsize=20_000)
def _recognised(text: str) -> tuple[str, dict[str, str]]:
    """The key of a reason and its values; an empty key if no pattern matches."""
    for key, pattern in _COMPILED:
        if match := pattern.fullmatch(text):
            groups = match.groupdict()
            if all(has(_CODES[k].format(v)) for k, v in groups.items() if k in _CODES):
                return key, groups
    return "", {}


def _sentence(key: str, rows: list[dict[str, str]], lang: Language) -> str:
    values = {}
    for name, value in rows[0].items():
        if name == "p":
            values[name] = _range([float(row[name]) for row in rows], lang)
        elif name in _CODES:
            values[name] = translate(_CODES[name].format(value), lang)
        else:
            values[name] = value
    return translate(f"reasons.{key}", lang, **values)


def _range(chances: list[float], lang: Language) -> str:
    low, high = f"{min(chances):.0%}", f"{max(chances):.0%}"
    if low == high:
        return high
    return f"{low[:-1]}{'～' if lang == 'ja' else '–'}{high}"
