"""The endpoint over a folder that nobody holds yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import kg.store
from kg.endpoint import Settings, routes
from kg.store import EmbeddedStore, StoreError
from kg.store.folder import FolderStore


def test_the_endpoint_holds_the_folder_that_it_serves(tmp_path: Path) -> None:
    with kg.store.open(tmp_path / "store") as store:
        assert isinstance(store, FolderStore)
        app = Starlette(routes=routes(store, settings=Settings(token="t", reading="open")))
        head = {"Authorization": "Bearer t"}
        with TestClient(app, base_url="http://localhost") as client:
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


def test_a_folder_is_free_again_while_an_endpoint_object_lives(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    text = "INSERT DATA { GRAPH <urn:x:g> { <urn:x:s> a <urn:x:T> } }"
    query = {"query": "SELECT ?s { ?s a <urn:x:T> }"}
    apps = []  # the routes keep the endpoint, and it keeps its pool of workers
    for n in range(2):
        with kg.store.open(folder) as store:
            assert isinstance(store, FolderStore)
            apps.append(app := Starlette(routes=routes(store, settings=Settings(token="t", reading="open"))))
            with TestClient(app, base_url="http://localhost") as client:
                if n == 0:
                    client.post("/sparql", data={"update": text}, headers={"Authorization": "Bearer t"})
                assert len(client.get("/sparql", params=query).json()["results"]["bindings"]) == 1
        code = "import sys, pyoxigraph; pyoxigraph.Store(sys.argv[1]); print('free')"
        other = subprocess.run([sys.executable, "-c", code, str(folder / "graph")], capture_output=True, text=True)
        assert other.stdout == "free\n", other.stderr
        assert not list((folder / "snapshots").iterdir()), "snapshots go with the store"
    held = EmbeddedStore(folder / "graph")
    held.close()
    with pytest.raises(StoreError, match="closed"):
        held.query("ASK {}")
