"""Review as a flow: next comes what nobody has decided on, across articles; the last ten are taken back; no room is no excuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

import kg.store
from iibun.archive.deletion import delete
from iibun.web import components
from kg.model import Article, Claim, Entity, Extent, Mention, Report
from kg.rdf import article_iri, quads
from tests.browser.test_accessibility import faults

DECIDED = 50
MOST_KEYS = 1.2  #: for each claim


def report(name: str, claims: int, day: date) -> Report:
    """An article of so many sentences, each a claim of the firm that it is about."""
    sentences = [
        f"{name}は、{2030 + n}年までに工場を第{n + 1}地区に建て、従業員を{n + 20}人雇うと発表した。"
        for n in range(claims)
    ]
    text = "\n".join("".join(sentences[n : n + 3]) for n in range(0, claims, 3))
    starts = [text.index(s) for s in sentences]
    return Report(
        Article(
            text,
            f"{name}、工場を建てる",
            f"https://news.example/{day:%Y%m%d}/{claims}",
            day,
            "架空新報",
            illustration=True,
        ),
        entities=(Entity("e1", "Organization", name, (), (), ("test",)),),
        mentions=tuple(Mention(Extent(at, at + len(name)), "e1") for at in starts),
        claims=tuple(
            Claim(
                f"c{n}",
                Extent(at + len(name) + 2, at + len(s) - 6),
                ("e1",),
                title=s[len(name) + 2 : -6],
                confidence=0.8,
            )
            for n, (at, s) in enumerate(zip(starts, sentences, strict=True))
        ),
    )


@pytest.fixture
def put(server: Any) -> Iterator[Callable[..., str]]:
    """Put an article into the server's store: ``put(name, claims, day)``; it gives the IRI, and is gone after the test."""
    with ExitStack() as gone:

        def add(name: str, claims: int = 12, day: date = date(2098, 1, 1)) -> str:
            made = report(name, claims, day)
            iri = article_iri(made.article)
            with kg.store.open(server.store) as store:
                store.replace(iri, quads(made))
            gone.callback(remove, iri)
            return iri

        def remove(iri: str) -> None:
            with kg.store.open(server.store) as store:
                delete(store, iri, judgements=True)

        yield add


def open_article(window: Any, iri: str) -> Any:
    """The page of an article."""
    window.goto("/articles")  # what is shown here is known to the pages after it: how much waits elsewhere
    window.goto(f"/article?iri={iri}")
    window.page.locator(".flow .go.next").wait_for(state="attached")
    window.settle()
    return window.page


def all_ids(page: Any) -> list[str]:
    return page.locator(".card").evaluate_all("found => found.map((card) => card.dataset.id)")


def chosen(page: Any) -> str:
    """The claim whose card is marked."""
    return str(page.locator(".card.selected").get_attribute("data-id"))


def in_sight(page: Any) -> tuple[float, float]:
    """Where the chosen card and its sentence begin on the screen, once nothing moves; both must be in the window."""
    places: list[Any] = []
    for _ in range(100):
        places.append(
            page.locator(".root").evaluate(
                """(root) => {
                  const card = root.querySelector(".card.selected");
                  const piece = root.querySelector(`.text [data-claim="${card.dataset.id}"]`);
                  return [card.getBoundingClientRect().top, piece.getClientRects()[0].top];
                }"""
            )
        )
        if len(places) > 2 and places[-1] == places[-2] == places[-3]:
            break
        page.wait_for_timeout(150)
    card, sentence = places[-1]
    height = page.viewport_size["height"]
    assert 0 <= card < height and 0 <= sentence < height
    return card, sentence


def test_fifty_claims_are_decided_by_keys_alone(visit: Callable[..., Any], put: Callable[..., str]) -> None:
    """One key decides and goes on; at the end of an article, N leads to the next older one."""
    newer, older = put("遠見工業", 30, date(2099, 1, 2)), put("近江工業", 30, date(2099, 1, 1))
    window = visit()
    page = open_article(window, newer)
    keys, decided, seen = 0, 0, set()
    while decided < DECIDED:
        waits = page.locator(".card.selected.unreviewed:not(.waiting)")
        if waits.count() == 0:
            page.keyboard.press("n")
            waits.wait_for()
        else:
            claim = chosen(page)
            assert claim not in seen, "each is decided once"
            seen.add(claim)
            page.keyboard.press("x" if decided % 3 == 2 else "a")
            decided += 1
            if decided % 10 == 1:
                in_sight(page)
        keys += 1
    assert older in page.evaluate("() => decodeURIComponent(location.search)")
    assert keys <= MOST_KEYS * DECIDED, f"{keys} keys for {decided} claims"
    expect(page.locator(".card.waiting")).to_have_count(0)
    expect(page.locator(".card.unreviewed")).to_have_count(10)
    expect(page.locator(".left")).to_contain_text("未確認 10 件")


def test_the_last_ten_are_taken_back_in_order_across_articles(
    visit: Callable[..., Any], put: Callable[..., str]
) -> None:
    first, second = put("遠見工業", 11, date(2099, 1, 2)), put("近江工業", 11, date(2099, 1, 1))
    window = visit()
    page = open_article(window, first)
    ids = all_ids(page)
    page.keyboard.press("n")
    for n, claim in enumerate(ids):
        assert chosen(page) == claim
        page.keyboard.press("x" if n % 2 else "a")
    expect(page.locator(".left")).to_contain_text("すべて確認しました")
    page.keyboard.press("n")
    page.wait_for_function("(iri) => decodeURIComponent(location.search).includes(iri)", arg=second)
    page.locator(".card.selected").wait_for()
    window.settle()
    page.keyboard.press("u")  # back to where that was decided
    page.locator(f'.card.selected.unreviewed[data-id="{ids[10]}"]').wait_for()
    window.settle()
    for n in range(9, 0, -1):
        page.keyboard.press("u")
        assert chosen(page) == ids[n]
    expect(page.locator(".card.unreviewed:not(.waiting)")).to_have_count(10)
    expect(page.locator(".go.back")).to_be_disabled()  # ten, no more
    expect(page.locator(f'.card.accepted[data-id="{ids[0]}"]')).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 1024])
def test_a_card_is_beside_its_sentence(visit: Callable[..., Any], put: Callable[..., str], width: int) -> None:
    window = visit(width=width, height=800)
    page = open_article(window, put("遠見工業", 40))
    text, side = page.locator(".text").bounding_box(), page.locator(".side").bounding_box()
    assert side["x"] >= text["x"] + 250, "in a column of its own"
    for n in range(40):
        page.keyboard.press("j")
        if n in (0, 20, 39):
            card, sentence = in_sight(page)
            assert abs(card - sentence) < 80, "their first lines are level"
    page.locator(".text [data-claim]").nth(37).click()
    card, sentence = in_sight(page)
    assert abs(card - sentence) < 80


def swipe(page: Any, by: int) -> None:
    """Move the card with a finger."""
    box = page.locator(".card.selected .what").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    touch = page.context.new_cdp_session(page)
    at = [{"x": x, "y": y}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    for step in range(1, 7):
        at = [{"x": x + by * step / 6, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": at})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_on_a_phone_one_card_at_a_time_is_swiped(visit: Callable[..., Any], put: Callable[..., str]) -> None:
    window = visit(width=390, height=844)
    page = open_article(window, put("遠見工業"))
    expect(page.locator(".card:visible")).to_have_count(0)
    page.locator(".go.next").click()
    expect(page.locator(".card:visible")).to_have_count(1)
    for button in page.locator(".card:visible .act").all():
        assert button.bounding_box()["height"] >= 44
    first = chosen(page)
    swipe(page, 40)  # too little
    assert chosen(page) == first
    swipe(page, 220)
    second = chosen(page)
    assert second != first
    swipe(page, -220)
    assert chosen(page) not in (first, second)
    expect(page.locator(f'.card.accepted[data-id="{first}"]')).to_have_count(1)
    expect(page.locator(f'.card.rejected[data-id="{second}"]')).to_have_count(1)
    in_sight(page)
    for claim in (second, first):
        page.locator(".go.back").click()
        page.locator(f'.card.selected.unreviewed[data-id="{claim}"]').wait_for()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (1024, False), (390, False), (390, True)])
def test_axe_finds_nothing_while_claims_are_reviewed_and_corrected(
    visit: Callable[..., Any], put: Callable[..., str], width: int, dark: bool
) -> None:
    window = visit(width=width, dark=dark, height=844)
    page = open_article(window, put("遠見工業"))
    page.keyboard.press("n")
    page.locator(".card.selected").wait_for()
    page.wait_for_timeout(500)
    assert faults(page) == []
    page.locator(".card.selected .act.edit").click()
    page.get_by_role("button", name="本文から選ぶ").first.click()
    page.wait_for_timeout(300)
    assert faults(page) == []


AGAIN = """async ([address, data]) => {
  const { default: evidence } = await import(address);
  const told = {};
  const place = () => document.body.appendChild(document.createElement("div"));
  const mount = (data) => evidence({ data, parentElement: place(), setStateValue: (name, value) => (told[name] = value), setTriggerValue() {} });
  const press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  let end = mount(data);
  press("a"); // decides on the first claim; the second one is chosen
  end();
  press("x"); // while the page has no place for the component
  for (const name of Object.keys(told)) delete told[name];
  mount(data); // with what the server knew before
  const again = JSON.parse(JSON.stringify(told));
  press("j");
  const other = { ...data, visit: data.visit + 1, selected: data.claims[0].id };
  end = mount(other); // while the first is there, and of another visit
  return { again, after: told.selected.id, fresh: [...document.querySelectorAll("body > div .card.selected")].at(-1).dataset.id };
}"""


def test_a_view_that_streamlit_builds_again_goes_on_where_it_was(
    visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that begins before the last one's messages are sent makes Streamlit drop the component and build it again."""
    taken: dict[str, Any] = {}
    monkeypatch.setattr(components, "_mount", lambda name: lambda **given: taken.update(given))
    made = report("遠見工業", 4, date(2099, 1, 2))
    cards = [{"id": c.id, "modality": "asserted", "review": "unreviewed", "last": "", "content": c.title, "sources": [], "about": [], "figures": [], "reasons": [], "confidence": 0.8} for c in made.claims]  # fmt: skip
    spans = [{"kind": "claim", "id": c.id, "code": "asserted", "start": c.content.start, "end": c.content.end} for c in made.claims]  # fmt: skip
    components.evidence(made.article.text, spans, cards, key="k", selected="c0", article="a", visit=7)
    window = visit()
    window.goto("/settings")
    found = window.page.evaluate(AGAIN, [components.address("evidence"), taken["data"]])
    assert [(d["kind"], d["id"]) for d in found["again"]["decisions"]] == [("accept", "c0"), ("reject", "c1")]
    assert found["again"]["selected"]["id"] == "c2"
    assert found["after"] == "c3"
    assert found["fresh"] == "c0", "another visit begins with what the server says"
