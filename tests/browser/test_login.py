"""Log in through an OpenID Connect provider (one of our own): judgements then carry the name that it gives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ROOT, _wait
from tests.browser.oidc_provider import provider

SECRETS = """[auth]
redirect_uri = "{page}/oauth2callback"
cookie_secret = "only-for-this-test-0123456789abcdef"
client_id = "iibun"
client_secret = "only-for-this-test"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
USER = {"sub": "u1", "name": "檜山 遥", "email": "hiyama@example.org"}


@pytest.mark.slow
def test_a_judgement_carries_the_name_of_who_is_logged_in(chromium: Any, tmp_path: Path) -> None:
    pytest.importorskip("authlib")
    from kg import store as stores
    from tests import pages_store

    with stores.open(tmp_path / "store") as store:
        pages_store.fill(store)
    ports = [_free_port() for _ in range(2)]
    page_url = f"http://127.0.0.1:{ports[0]}"
    (tmp_path / ".streamlit").mkdir()
    with provider(ports[1], USER) as address:
        (tmp_path / ".streamlit" / "secrets.toml").write_text(SECRETS.format(page=page_url, provider=address))
        environment = os.environ | {
            "IIBUN_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        log = tmp_path / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "iibun", "serve", "--port", str(ports[0])],
                cwd=tmp_path, env=environment, stdout=out, stderr=out,
            )  # fmt: skip
        try:
            _wait(page_url, process, log)
            context = chromium.new_context(locale="ja-JP")
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.goto(f"{page_url}/claims")
            page.get_by_role("button", name="ログイン").click()
            page.get_by_text("檜山 遥 さん").wait_for()
            page.get_by_role("link", name="主張", exact=True).click()
            page.get_by_role("link", name="新工場の投資額は200億円だ").first.click()
            page.get_by_role("button", name="承認").first.click()
            page.get_by_text("檜山 遥", exact=False).nth(1).wait_for()
            page.get_by_role("link", name="入出力").click()
            page.get_by_role("radio", name="判断の記録").click()
            page.locator("[class*=st-key-log-]", has_text="檜山 遥").first.wait_for()
            page.get_by_role("button", name="ログアウト").click()
            page.get_by_role("button", name="ログイン").wait_for()
            context.close()
        finally:
            process.terminate()
            process.wait(15)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
