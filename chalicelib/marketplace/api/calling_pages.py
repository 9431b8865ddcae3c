"""Pages that links in mails lead to: each says what its button does, and does nothing before.

Programs that look into mail open its links; only people press buttons. No script, no session.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Sequence

from chalice.app import Response

from chalicelib.marketplace.api.pages import CONTENT_TYPE

_STYLE = (
    ":root{color-scheme:light dark;--ink:#17202b;--soft:#566273;--line:#d9dfe6;--card:#fff;"
    "--ground:#f5f7f9;--main:#0b5fb0;--on:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a3afbd;--line:#333d49;"
    "--card:#1b222b;--ground:#12171d;--main:#6db3f8;--on:#06182b}}"
    "body{margin:0;padding:0 1rem;background:var(--ground);color:var(--ink);"
    "font:1.05rem/1.5 system-ui,sans-serif}"
    "main{max-width:32rem;margin:10vh auto;padding:1.4rem 1.5rem;border:1px solid var(--line);"
    "border-radius:.6rem;background:var(--card)}"
    "h1{margin:0 0 .6rem;font-size:1.4rem;line-height:1.25}p{margin:0 0 .8rem;"
    "overflow-wrap:anywhere}.soft{color:var(--soft)}"
    "form{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:1.2rem}"
    "button{padding:.55rem 1.2rem;border:1px solid var(--line);border-radius:.4rem;"
    "background:var(--card);color:inherit;font:inherit;cursor:pointer}"
    "button.main{border-color:transparent;background:var(--main);color:var(--on);font-weight:600}"
    ":focus-visible{outline:3px solid var(--main);outline-offset:2px}"
    "@media(max-width:30rem){button{flex:1}button.main{flex-basis:100%}}"
)

# Nothing is loaded, the page's own style apart, and the form goes to the page itself.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'nonce-{nonce}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def page(
    title: str,
    lines: Sequence[str],
    buttons: Sequence[tuple[str, str]] = (),
    hidden: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> Response:
    """A page; `buttons` are values of `do` and their names, the first one the main one."""
    nonce = secrets.token_urlsafe(16)
    said = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in hidden
    )
    choices = "".join(
        f'<button name="do" value="{html.escape(value)}"{" class=main" if not i else ""}>'
        f"{html.escape(name)}</button>"
        for i, (value, name) in enumerate(buttons)
    )
    form = f'<form method="post">{fields}{choices}</form>' if buttons else ""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><link rel="icon" href="data:,">'
        f'<title>{html.escape(title)}</title><style nonce="{nonce}">{_STYLE}</style></head>'
        f"<body><main><h1>{html.escape(title)}</h1>{said}{form}</main></body></html>"
    )
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "X-Content-Type-Options": "nosniff",
        # The address holds a token.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(body=body, status_code=status, headers={**headers})
