"""A small OpenID Connect provider for tests: discovery, authorize (no questions asked), token, keys."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode


def app(url: str, user: dict[str, str]) -> Any:
    """The provider as an ASGI app that knows one user and lets everyone in as that user."""
    from joserfc import jwk, jwt
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, RedirectResponse
    from starlette.routing import Route

    key = jwk.RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
    asked: dict[str, dict[str, str]] = {}

    async def discovery(request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token", "jwks_uri": f"{url}/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"], "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )  # fmt: skip

    async def authorize(request: Request) -> RedirectResponse:
        code = secrets.token_urlsafe(12)
        asked[code] = dict(request.query_params)
        answer = urlencode({"code": code, "state": request.query_params["state"]})
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{answer}")

    async def token(request: Request) -> JSONResponse:
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        given = asked.pop(form.get("code", ""), None)
        if given is None or "code_verifier" not in form:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": url,
            "aud": given["client_id"],
            "iat": now,
            "exp": now + 600,
            "nonce": given.get("nonce"),
            **user,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, claims, key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": signed})

    async def keys(request: Request) -> JSONResponse:
        return JSONResponse({"keys": [key.as_dict(private=False)]})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discovery), Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]), Route("/keys", keys),
        ]
    )  # fmt: skip


@contextmanager
def provider(port: int, user: dict[str, str]) -> Iterator[str]:
    """The provider at a port of this machine, as its address, for as long as the block runs."""
    import uvicorn

    url = f"http://127.0.0.1:{port}"
    server = uvicorn.Server(uvicorn.Config(app(url, user), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.02)
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(10)
