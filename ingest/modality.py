"""Modality and polarity of a content, from the end of its predicate (rows in ``modality`` and ``polarity``)."""

from __future__ import annotations

import re
from functools import cache

from ingest import lexicon
from kg.model import Modality, Polarity

_TRIM = re.compile(r"[\s。、．，」』”\"）)！!]+$")
_HEARSAY = re.compile(
    r"(という|とのこと|ということ|(?<=[うくぐすつぬぶむるただ])そう|(?<=[なたしよ高多少早遅強弱近遠良悪深重軽低若]い)そう)(だ|です|である)?$"
)  # says who, not how sure
_WINDOW = 40  # characters: the longest ending that a row describes


@cache
def _table(name: str, key: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["pattern"]), row[key]) for row in lexicon.rows(name))


def _tail(content: str) -> str:
    return _TRIM.sub("", content[-_WINDOW:])


def modality_of(content: str) -> Modality | None:
    """The modality that the content's own ending says, or None for a plain statement.

    >>> modality_of("遅れるかもしれない"), modality_of("工場を閉鎖した")
    ('possible', None)
    """
    if content.rstrip().endswith(("？", "?")):
        return "questioned"
    tail = _HEARSAY.sub("", _tail(content))
    for pattern, value in _table("modality", "modality"):
        if pattern.search(tail):
            return value  # type: ignore[return-value]
    return None


def polarity_of(content: str) -> Polarity:
    """Whether the main predicate is negated.

    >>> polarity_of("問題はない"), polarity_of("待つしかない")
    ('negated', 'affirmed')
    """
    tail = _tail(content)
    for pattern, value in _table("polarity", "polarity"):
        if pattern.search(tail):
            return value  # type: ignore[return-value]
    return "affirmed"


_DYNAMIC = re.compile(r"(?<!で)(?<!と)([うくぐすつぬぶむ]|[いきしちにみりえけせてねめれべげ]る|する|します|ます|せず)$")
_STATE = re.compile(
    r"(ている|ています|ておる|てある|である|がある|はある|もある|にある|いる|なる|なります|できる|できます|られる|れる|える|異なる|よる|あります|います|続く|要る|わかる|違う|得る|うる|である)$"
)
_WONT = re.compile(
    r"(する|行う|認める|出す|やめる|見直す|応じる|撤回する|辞任する|参加する|支持する|譲る|放棄する)(こと|つもり|考え|予定)?(は|も)?(ない|ありません)$|(し|め|え|さ|わ|か|ら|ま|た)ない$|しません$"
)


def settle(content: str, *, cue: str | None, verb: str, kind: str, passive: bool = False) -> Modality:
    """A content's modality from its own ending, the cue's modality and class, and the construct.

    Args:
        content: the words of the content.
        cue: what the lexicon row says of its contents, if anything.
        verb: the cue's class (say, announce, plan, demand …).
        kind: the construct (to-verb, np-verb, narrated …).
        passive: whether the cue is passive (と考えられている).

    >>> settle("賃金を上げる", cue="required", verb="demand", kind="you-verb")
    'required'
    >>> settle("工場を閉鎖する", cue=None, verb="announce", kind="koto-verb")
    'intended'
    """
    own = modality_of(content)
    if verb == "demand" and kind in ("you-verb", "koto-verb", "np-verb"):
        return "required" if cue is None else cue  # type: ignore[return-value]
    if verb == "ask" and kind in ("ka-verb", "to-verb"):
        return "questioned"
    if kind == "you-verb":
        return "required"
    if verb == "hope" and own not in ("required", "questioned", "possible"):
        return "hoped"
    if own is not None:
        return own
    if (
        kind
        in (
            "np-verb",
            "koto-verb",
            "noun-adn",
            "noun-no",
            "noun-tono",
            "you-verb",
            "revision",
            "vision",
            "moyou",
            "heading-to",
        )
        and cue
    ):
        return cue  # type: ignore[return-value]
    if cue and verb in ("expect", "plan"):
        return cue  # type: ignore[return-value]
    tail = _tail(content)
    if _WONT.search(tail) and not re.search(
        r"(ていない|いない|らない|からない|えない|できない|れない|がない|はない)$", tail
    ):
        return "intended"
    if _DYNAMIC.search(tail) and not _STATE.search(tail):
        if verb in ("announce", "plan") or kind in ("narrated", "clause", "to-suru", "hearsay", "interview"):
            return "intended"
        if re.search(r"(する|します|ていく|行う)$", tail) and "を" in content:
            return "intended"
    if passive and verb in ("think", "expect"):
        return "probable"
    if cue and verb != "say":
        return cue  # type: ignore[return-value]
    return "asserted"
