"""Following feeds; the only servers asked are on 127.0.0.1, started here."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ingest.read import Failure
from ingest.watch import State, Watcher, WrongState
from tests import sites
from tests.sites import PAGE, Site, fetcher

site = sites.site


def feed(site: Site, *numbers: int, **headers: str) -> None:
    items = "".join(
        f"<item><title>題{n}</title><link>{site.url}/{n}</link><guid>{n}</guid><pubDate>Mon, 03 Nov 2025 09:00:00 +0900</pubDate></item>"
        for n in reversed(numbers)
    )
    site.pages["/feed"] = (
        200,
        headers,
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>紙</title>{items}</channel></rss>",
    )
    for n in numbers:
        site.pages.setdefault(f"/{n}", (200, {"Content-Type": "text/html"}, PAGE.format(2030 + n)))


def round_of(site: Site, state: State, *, finish: bool = True) -> tuple[list[str], list[Failure]]:
    failures: list[Failure] = []
    found = []
    for arrival in Watcher([site.url + "/feed"], state, fetcher()).articles(once=True, on_failure=failures.append):
        found.append(arrival.article.url or "")
        if finish:
            arrival.done()
    return [u.rsplit("/", 1)[-1] for u in found], failures


def test_a_feed_gives_each_article_once(site: Site, tmp_path: Path) -> None:
    state = tmp_path / "watch.json"
    feed(site, 1, 2, ETag='"one"')
    assert round_of(site, State.load(state)) == (["1", "2"], [])
    feed(site, 1, 2, 3, ETag='"two"')
    assert round_of(site, State.load(state)) == (["3"], [])
    assert [h.get("if-none-match") for p, h in site.asked if p == "/feed"] == [None, '"one"']
    site.pages["/feed"] = (304, {}, b"")
    assert round_of(site, State.load(state)) == ([], [])


def test_what_was_not_written_is_read_again(site: Site, tmp_path: Path) -> None:
    feed(site, 1, 2)
    assert round_of(site, State.load(tmp_path / "s"), finish=False)[0] == ["1", "2"]
    assert round_of(site, State.load(tmp_path / "s"))[0] == ["1", "2"]
    assert round_of(site, State.load(tmp_path / "s"))[0] == []


def test_an_entry_that_fails_is_tried_three_times(site: Site, tmp_path: Path) -> None:
    feed(site, 1, 2, ETag='"one"')
    del site.pages["/1"]
    for _ in range(3):
        _, failures = round_of(site, State.load(tmp_path / "s"))
        assert len(failures) == 1 and "status 404" in str(failures[0])
    assert round_of(site, State.load(tmp_path / "s")) == ([], [])


def test_all_that_an_entry_links_to_is_read(site: Site, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.html", PAGE.format(2041))
        archive.writestr("b.html", PAGE.format(2042))
        archive.writestr("photo.png", b"x")
    feed(site, 1)
    site.pages["/1"] = (200, {"Content-Type": "application/zip"}, packed.getvalue())
    failures: list[Failure] = []
    watcher = Watcher([site.url + "/feed"], State.load(tmp_path / "s"), fetcher())
    arrivals = [arrival.article for arrival in watcher.articles(once=True, on_failure=failures.append)]
    assert [year for a in arrivals for year in ("2041", "2042") if year in a.text] == ["2041", "2042"]
    assert [f.skipped for f in failures] == [True] and "photo.png" in str(failures[0])


def test_a_feed_that_was_cut_is_told_and_asked_for_again(site: Site, tmp_path: Path) -> None:
    feed(site, 1, 2, ETag='"one"')
    whole = status, headers, body = site.pages["/feed"]
    site.pages["/feed"] = (status, headers, str(body)[: str(body).rindex("<item>")])
    found, failures = round_of(site, State.load(tmp_path / "s"))
    assert found == ["2"] and "ends before it is whole" in str(failures[0])
    site.pages["/feed"] = whole
    assert round_of(site, State.load(tmp_path / "s")) == (["1"], [])


def test_robots_txt_is_respected(site: Site, tmp_path: Path) -> None:
    feed(site, 1, 2)
    site.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /1\n")
    found, failures = round_of(site, State.load(tmp_path / "s"))
    assert found == ["2"] and "robots.txt" in str(failures[0])
    assert "/1" not in [p for p, _ in site.asked]


@pytest.mark.parametrize("link", ["http://[news/1", "http://news%5B/1", "http://a\u2100b.jp/1"])
def test_an_address_that_cannot_be_taken_apart_stops_no_other(link: str, site: Site) -> None:
    feed(site, 1, 2)
    status, headers, body = site.pages["/feed"]
    site.pages["/feed"] = (status, headers, str(body).replace(f"{site.url}/1", link))
    found, failures = round_of(site, State(None))
    assert found == ["2"] and "is no web address" in str(failures[0])


@pytest.mark.parametrize("name", ["ETag", "Last-Modified"])
def test_a_version_that_cannot_be_sent_back_is_not(name: str, site: Site) -> None:
    state = State(None)
    feed(site, 1, **{name: '"é"'})
    assert round_of(site, state) == (["1"], [])
    feed(site, 1, 2)
    assert round_of(site, state) == (["2"], [])


def test_entries_that_are_refused_are_remembered_at_once(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed of a hundred thousand of them, each saved alone, would keep the others waiting for hours."""
    items = "".join(f"<item><guid isPermaLink='false'>{n}</guid><title>in English</title></item>" for n in range(20))
    site.pages["/feed"] = (200, {}, f"<rss version='2.0'><channel>{items}</channel></rss>")
    state, saved = State(tmp_path / "s"), []
    monkeypatch.setattr(state, "save", lambda: saved.append(1) or State.save(state))
    for _ in range(3):
        assert len(round_of(site, state)[1]) == 20
    assert len(saved) == 3
    assert round_of(site, State.load(tmp_path / "s")) == ([], [])


def test_a_failing_feed_is_asked_less_and_less_often(site: Site) -> None:
    state = State(None)
    site.pages["/feed"] = (500, {}, b"")
    now = [1000.0]
    waits: list[float] = []

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds
        if len(waits) == 4:
            raise Enough

    watcher = Watcher([site.url + "/feed"], state, fetcher(), every=60, clock=lambda: now[0], sleep=sleep)
    with pytest.raises(Enough):
        list(watcher.articles(on_failure=lambda f: None))
    assert waits == [120, 240, 480, 960]


def test_a_feed_that_is_gone_is_left(site: Site) -> None:
    state = State(None)
    site.pages["/feed"] = (410, {}, b"")
    assert list(Watcher([site.url + "/feed"], state, fetcher()).articles(on_failure=lambda f: None)) == []


def test_a_broken_state_file_is_told(tmp_path: Path) -> None:
    for content in ("{", "[]", '{"feeds": {"a": {"x": 1}}}'):
        (tmp_path / "s").write_text(content)
        with pytest.raises(WrongState, match="--state"):
            State.load(tmp_path / "s")
