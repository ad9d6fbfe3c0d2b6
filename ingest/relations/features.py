"""Features of pairs of mentions: the words between, before and after the two, and what names they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from ingest.relations.outlines import HONORIFIC, Slot, titles
from ingest.relations.patterns import HEDGES

#: Classes of words: a feature says that one of a class stands between, before or after the mentions.
_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("make", r"開発|提供|運営|発売|販売|展開|手[がか掛]け|製造|生産|制作|運用|配信|発行|打ち上げ|リリース|投入|披露|設計|刊行|量産|推進|出版|放送|書い|監督|主演|製作|作っ|作[りる]|自社"),
        ("publish", r"発表|公開|明らかに|公表"), ("buy", r"買収|子会社|傘下|吸収|合併|取得|譲渡|親会社|運営会社"), ("invest", r"出資|投資|融資|資金|調達|投じ"),
        ("stake", r"株|保有|出資比率|持ち分"), ("ally", r"提携|連携|協業|共同|合弁|協力|契約|合意|パートナー|統合|協定|同盟|共に|ともに|一緒に|組[んみむ]"),
        ("rival", r"競合|競[うい]|競争|ライバル|対抗|争[うい]|首位|選挙|候補|立候補"), ("match", r"破[りっる]|敗れ|敗[戦退北]|下し|対戦|対決|試合|戦[いっう]|勝[ちっつ利]|引き分|決勝|得点|対[一-龠]?$"),
        ("supply", r"供給|納入|納品|受注|調達|発注|取引|向け|出荷|仕入|輸出|売却|納め"), ("use", r"採用|導入|利用|使用|搭載|活用|使[いうっわ]|組み込|対応|支持|基に|投稿|ツイート|書き込"),
        ("attend", r"出席|参加|出場|登壇|出展|講演|演説|訪れ|臨[みむ]|出走|招待|参戦|出演|選出|出[たる]"), ("win", r"優勝|制[しす]|金メダル|銀メダル|銅メダル|代表|王者|連覇|獲得|受賞"),
        ("hold", r"開かれ|開催|行わ|開幕|催|会場|上陸|襲[いっ]"), ("seat", r"本社|本部|本拠|拠点|所在|工場|店舗|支店|市内|位置|にある|にあり|立つ|建[つてち]|建設|設置"),
        ("live", r"在住|住む|出身|生まれ|訪問|到着|向か[いうっ]|帰国|移動"), ("region", r"首都|都市|[東西南北中]部|郊外|近郊|沖|沿岸|付近|地方|地区|州|郡"),
        ("firm", r"大手|会社|企業|メーカー|銀行|大学|紙|誌|テレビ|財団|団体"), ("found", r"設立|創業|創設|立ち上げ|創立|結成|起業"),
        ("join", r"入社|就任|退社|退任|勤務|働[きいく]|所属|務め|率い|移籍|加入|入団|辞任|辞職|指名|任命|解任|引退|入閣"), ("member", r"選手|党首|党|議員|候補|監督|コーチ|投手|隊員|職員|社員|記者|教授|会員|メンバー|元"),
        ("say", r"述べ|語[りっ]|話し|指摘|説明|コメント|によると|よれば|伝え|報じ|言[いっう]|主張|批判"), ("list", r"、＊|と＊|や＊|・＊"), ("run", r"所有|経営|オーナー|運行|就航|統治"),
        ("platform", r"版|上で|クラウド|ストア|配信|プラットフォーム|利用でき|使え|ダウンロード"), ("permit", r"ライセンス|許諾|無償|独占|権利"),
    )
)  # fmt: skip
_WORD = re.compile(r"[一-龠]{1,4}|[ァ-ヶー]{2,8}|[A-Za-z]{2,}")
_BLOCK = (("P", 0xE3FF), ("O", 0xE7FF), ("D", 0xEBFF), ("C", 0xECFF), ("K", 0xEDFF), ("N", 0xEFFF), ("E", 0xF3FF))
_PRESS = re.compile(r"新聞|通信|ニュース|テレビ|放送|タイムズ|ポスト|NHK|ロイター|CNN|BBC|市場$")
#: Words in the names of bodies of a state.
STATE = re.compile(r"[省庁]$|政府|議会|党$|軍$|裁|警|委員会|内閣|院$")
_SQUAD = re.compile(r"FC|代表|チーム|クラブ|ズ$|リーグ|ユナイテッド|シティ$|ジャイアンツ|タイガース|イーグルス")
_SCHOOL = re.compile(r"大学|大$|高校|学院|研究所|研究センター|病院|教会|協会|財団|連盟")


@cache
def _title_after() -> re.Pattern[str]:
    return re.compile(rf"[一-龠ァ-ヶー]{{0,8}}?(?:{titles()[0]})")


@cache
def _title() -> re.Pattern[str]:
    return re.compile(titles()[0])


def partner_features(text: str, n: int, i: int, around: Mapping[int, Sequence[str]], first: int) -> tuple[str, ...]:
    """Return the features of the n-th mention of a sentence, at character ``i``, as partner of an earlier topic."""
    return (
        f"carried nth {min(n, 3)}",
        *(f"b {f}" for f in around[i]),
        f"first b {around[first][0]}",
        *_classes(text[i + 1 : i + 40], "after"),
        *_classes(text[max(0, i - 16) : i], "before"),
        *_words(text[i + 1 : i + 16], "after"),
    )


def place_features(text: str, i: int, reports: bool) -> tuple[str, ...]:
    """Return the features of the place of a mention: the characters beside it, a title or honorific after it."""
    after = text[i + 1 : i + 14]
    found = []
    title = _title_after().match(after)
    honorific = re.match(HONORIFIC, after)
    if title:
        found.append("title")
        after = after[title.end() :]
    elif honorific:
        found.append("honorific")
        after = after[honorific.end() :]
    if after[:1] in "」』”)）":
        after = after[1:]
        found.append("closed")
    particle = re.match(
        r"には|では|とは|での|による|により|によると|によれば|から|まで|など|[はがをにでとのもへや、。（(「・]", after
    )
    found.insert(0, f"then {particle[0] if particle else _kind(after[:1])}")
    before = text[:i]
    found.append(f"prev {_kind(before[-1:])}")
    if reports:
        found.append("reports")
    return tuple(found)


@cache
def _kind(character: str) -> str:
    if not character:
        return "edge"
    if re.match(r"[一-龠々]", character):
        return "kanji"
    if re.match(r"[ァ-ヶー]", character):
        return "katakana"
    if character.isascii() and character.isalnum():
        return "latin"
    if "\ue000" <= character <= "\uf3ff":
        return "mention " + _block(character)
    return character


def _block(character: str) -> str:
    return next(name for name, last in _BLOCK if ord(character) <= last)


def _plain(text: str) -> str:
    return re.sub("[\ue000-\uf3ff]", "＊", text)


def pair_features(
    text: str, i: int, j: int, inner: Sequence[str], around: Mapping[int, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the features of the mentions at ``i`` and ``j`` that do not depend on the predicate.

    ``inner`` has the mentions between them, ``around`` the features of each mention's place (:func:`place_features`).
    """
    between = text[i + 1 : j]
    plain = _plain(between)
    distance = next(n for n, limit in enumerate((0, 1, 3, 6, 12, 24, 48, 1000)) if len(between) <= limit)
    a, b = around[i], around[j]
    blocks = [_block(c) for c in inner]
    features = [
        f"distance {distance}", f"mentions {min(len(inner), 4)}", f"commas {min(plain.count('、'), 3)}",
        f"starts {plain[:2]}", f"ends {plain[-2:]}", f"shape {_shape(plain)}",
        f"{a[0]}|{b[0]}", f"{_block(text[i])}{_block(text[j])}", f"d{min(distance, 4)} {a[0]}", f"d{min(distance, 4)} {b[0]}",
    ]  # fmt: skip
    features += [f"a {f}" for f in a] + [f"b {f}" for f in b]
    features += [f"has {x}" for x in dict.fromkeys(blocks)]
    if len(plain) <= 6:
        typed = re.sub("[\ue000-\uf3ff]", lambda m: f"<{_block(m[0])}>", between)
        features += [f"between {typed}", f"between {typed}|{b[0]}"]
    if re.search(r"[。」』]", plain):
        features.append("over an end")
    before, after = text[max(0, i - 12) : i], text[j + 1 : j + 36]
    inside, follows = _classes(plain, "between"), _classes(after, "after")
    features += inside + follows + _classes(before, "before")
    features += [f"{f}|{b[0]}" for f in inside] + [f"{f}|{b[0]}" for f in follows] + [f"{f}|{a[0]}" for f in follows]
    last = _classes(text[-24:], "last")
    features += last
    features += [f"{f}|{a[0]}|{b[0]}" for f in last]
    features += _words(plain, "between") + _words(text[j + 1 : j + 16], "after") + _words(before[-6:], "before")
    if HEDGES.search(after[:30]):
        features.append("hedge after")
    if HEDGES.search(plain):
        features.append("hedge between")
    return tuple(dict.fromkeys(features))


def _words(text: str, where: str) -> list[str]:
    return [f"word {where} {w}" for w in dict.fromkeys(_WORD.findall(_plain(text)))]


def _shape(words: str) -> str:
    """Return the particles and signs of a string, at most eight: の、が of の新型機、昨年が."""
    return "".join(re.findall(r"[のはがをにでとも、（）()「」・＊]", words))[:8]


@lru_cache(maxsize=1024)  # a mention has the same words around it with each of its partners
def _classes(words: str, where: str) -> tuple[str, ...]:
    found = [f"class {where} {name}" for name, pattern in _CLASSES if pattern.search(words)]
    if _title().search(words):
        found.append(f"class {where} title")
    return tuple(found)


def entity_features(character: str, slot: Slot, counts: Mapping[str, int], seen: set[str]) -> tuple[str, ...]:
    """Return the features of a mention's name, and of how often the article mentions its entity."""
    words, count = slot.words, counts.get(slot.entities[0], 0)
    found = [f"count {min(count, 6)}", f"end {words[-1]}", f"script {_kind(words[-1])}"]
    if character:
        found.append(f"block {_block(character)}")
    if slot.entities[0] not in seen:
        found.append("first")
    if len(slot.entities) > 1:
        found.append("several")
    if len(words) == 1:
        found.append("short")
    if words.startswith(("同", "彼", "両", "私", "我")):
        found.append("anaphor")
    for name, pattern in (("press", _PRESS), ("state", STATE), ("squad", _SQUAD), ("school", _SCHOOL)):
        if pattern.search(words):
            found.append(name)
    return tuple(found)
