"""An endpoint of ours with small limits over three graphs, and how it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests import store_servers as servers

Q, U, F = "application/sparql-query", "application/sparql-update", "application/x-www-form-urlencoded"
TOKEN = {"Authorization": "Bearer test-token"}
A, B, C = (f"http://example.org/data/{n}" for n in "abc")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.ours(
        tmp_path_factory.mktemp("endpoint"), IIBUN_QUERY_ROWS="500", IIBUN_QUERY_SECONDS="2", IIBUN_QUERY_MB="1"
    ) as at:
        for g in (A, B, C):
            r = httpx.put(
                at + "/graphs",
                params={"graph": g},
                content=f"<{g}> a <urn:x:Document> .",
                headers={**TOKEN, "Content-Type": "text/turtle"},
            )
            assert r.status_code == 201
        yield at


def boolean(r: httpx.Response) -> bool:
    assert r.status_code == 200, r.text
    assert r.headers["content-type"].startswith("application/sparql-results+json")
    return bool(r.json()["boolean"])


def ask(url: str, query: str, **params: object) -> bool:
    return boolean(httpx.post(url, params=params, content=query, headers={"Content-Type": Q}))  # type: ignore[arg-type]
