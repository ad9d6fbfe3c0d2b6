"""The endpoint over a folder that nobody holds yet."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

import kg.store
from kg.endpoint import Settings, routes
from kg.store.folder import FolderStore


def test_the_endpoint_holds_the_folder_that_it_serves(tmp_path: Path) -> None:
    with kg.store.open(tmp_path / "store") as store:
        assert isinstance(store, FolderStore)
        app = Starlette(routes=routes(store, settings=Settings(token="t", reading="open")))
        head = {"Authorization": "Bearer t"}
        with TestClient(app) as client:
            for n in range(8):
                text = f"INSERT DATA {{ GRAPH <urn:x:g> {{ <urn:x:{n}> a <urn:x:T> }} }}"
                assert client.post("/sparql", data={"update": text}, headers=head).status_code == 204
                assert store.held is not None
                store.select("SELECT * { ?s ?p ?o }")  # the owner works beside it, and lets go after each piece
                query = {"query": "SELECT ?s { ?s a <urn:x:T> }"}
                for headers in ({}, head):
                    r = client.get("/sparql", params=query, headers=headers)
                    assert r.status_code == 200, r.text
                    assert len(r.json()["results"]["bindings"]) == n + 1
        assert store.hold() is store.held, "to hold twice is to hold once"
