"""〜との見方を示した, 〜する方針だ, 〜という認識; XのビジョンはY."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.claims.candidates import Candidate, is_quotative, light_verbs, reporting_nouns, right_of
from ingest.claims.frame import Sentence


def noun_frames(s: Sentence) -> Iterator[Candidate]:
    """〜との見方を示した, 〜する方針だ, 〜という認識."""
    n = len(s.tokens)
    for k in range(1, n):
        if s.depth[k]:
            continue
        rows = reporting_nouns().get(s.tokens[k].lemma_) or reporting_nouns().get(s.texts[k])
        generic = False
        if (
            not rows
            and s.tags[k].startswith("名詞-普通名詞")
            and ((s.texts[k - 1] in ("の", "する") and k >= 2 and s.texts[k - 2] == "と") or s.texts[k - 1] == "との")
        ):
            rows, generic = [{"class": "other", "noun": s.tokens[k].lemma_, "frames": ["tono"]}], True
        if not rows or not s.tags[k].startswith(("名詞", "動詞")):
            continue
        if s.tags[k].startswith("動詞") and s.tags[k - 1].startswith("助詞") is not False:
            continue
        nxt = s.texts[k + 1] if k + 1 < n else ""
        if k + 1 < n and s.tags[k + 1].startswith(("名詞-普通名詞-サ変", "名詞-普通名詞-一般")) and not s.depth[k + 1]:
            continue  # 計画書: part of a compound
        prev, tag = s.texts[k - 1], s.tags[k - 1]
        notes: set[str] = set()
        right = None
        marker = k
        frame = ""
        if (
            prev == "の"
            and k >= 2
            and s.texts[k - 2] == "と"
            and (is_quotative(s, k - 2) or s.tags[k - 3].startswith(("名詞", "接尾辞", "補助記号")))
        ):
            if generic and not is_quotative(s, k - 2):
                continue
            frame, marker = "tono", k - 2
            right = right_of(s, k - 2)
        elif prev in ("いう", "いった", "する", "した") and k >= 2 and s.texts[k - 2] == "と":
            frame, marker = "tono", k - 2
            right = right_of(s, k - 2)
            notes.add("toiu" if prev in ("いう", "いった") else "tosuru")
        elif prev in ("という", "との", "とする"):
            frame, marker = "tono", k - 1
            right = right_of(s, k - 1)
        elif tag.startswith(("動詞", "助動詞", "形容詞")) and prev not in ("な", "で", "に") and not s.depth[k - 1]:
            frame = "adn"
            right = s.end_char(k - 1)
        elif (
            prev == "の"
            and k >= 2
            and not s.depth[k - 2]
            and (s.tags[k - 2].startswith(("名詞", "接尾辞")) or s.texts[k - 2] in ("まで", "から"))
        ):
            frame = "no"
            right = s.end_char(k - 2)
        if right is None:
            continue
        row = next((r for r in rows if frame in r["frames"]), None)
        if row is None:
            if (
                frame == "adn"
                and nxt in ("を", "も", "が", "だ")
                and rows[0]["class"] == "say"
                and rows[0]["noun"]
                in (
                    "考え",
                    "姿勢",
                    "立場",
                    "声",
                    "意見",
                    "判断",
                    "認識",
                    "見解",
                    "見方",
                    "報告",
                    "趣旨",
                    "声明",
                    "結論",
                    "発言",
                    "指摘",
                )
            ):
                row = rows[0]
            else:
                continue
        # how the noun is used
        j = k + 1
        light = None
        after = nxt
        for p in s.predicates:
            if p.head >= j:
                if p.head - k <= 8:
                    light = p
                break
        if after in ("だ", "です", "で", "である", "だっ", "。", "", "、", "，"):
            notes.add("copula")
        elif light and (
            light.lemma in light_verbs()
            or light.norm in light_verbs()
            or (light.lemma == "する" and s.texts[light.head - 1] == "に")
        ):
            notes.add("light")
        else:
            notes.add("loose")
        notes.add(
            f"after-{after if after in ('を', 'が', 'も', 'だ', 'は', 'に', 'で', 'の', 'と', '。', '、', '') else 'other'}"
        )
        yield Candidate(
            s, "noun-any" if generic else f"noun-{frame}", right, (s.char(k), s.end_char(k)), row, marker=marker, notes=notes,
            predicate=light if "light" in notes else None,
        )  # fmt: skip


_COPULA = re.compile(
    r"(ビジョン|目標|目的|狙い|ねらい|方針|使命|信条|モットー|持論|夢|願い|考え|見方|予想|主張|結論|答え|理由)は(?P<comma>、)?"
)


def visions(s: Sentence) -> Iterator[Candidate]:
    """XのビジョンはYだ. 目標は2030年までの黒字化だ."""
    for m in _COPULA.finditer(s.text):
        k = s.token_at(s.first_char + m.start())
        if s.depth[k]:
            continue
        begin = s.first_char + m.end()
        stop = next((p for p in s.predicates if s.char(p.head) >= begin and p.form in ("final", "but", "renyo")), None)
        end = s.last_char
        comma = s.source.find("であり、", begin, s.last_char)
        if comma > 0:
            end = comma
        while end > begin and s.source[end - 1] in "。、":
            end -= 1
        quoted = False
        for b in s.outer_quotes:
            if b.start - begin <= 1 and b.start >= begin and end - b.end <= 6:
                begin, end, quoted = b.inner_start, b.inner_end, True
        if end - begin >= 4:
            yield Candidate(
                s, "vision", end, (s.first_char + m.start(1), s.first_char + m.end(1)),
                {"class": "plan", "noun": m.group(1), "modality": "intended"}, left=begin, predicate=stop, notes={"quoted"} if quoted else set(),
            )  # fmt: skip
