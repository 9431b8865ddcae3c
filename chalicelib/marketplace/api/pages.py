"""The pages of our own that a worker's frame shows: after a submission, or in a page's place."""

from __future__ import annotations

import html
import json
import secrets

_STYLE = (
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;"
    "color:#1d2b2a;background:#fff}h1{font-size:1.4rem}"
    "@media (prefers-color-scheme:dark){body{color:#e4ecea;background:#14201f}}"
)

CONTENT_TYPE = "text/html; charset=utf-8"


def thanks(assignment_id: str, worker_origin: str) -> tuple[str, dict[str, str]]:
    """The page after a submission that counted; it tells the site that frames it."""
    message = _literal({"type": "retainer-market:submitted", "assignmentId": assignment_id})
    script = f"parent !== window && parent.postMessage({message}, {_literal(worker_origin)});"
    return _page(
        "Thank you", "Your work was submitted. You will be paid once it is approved.", script
    )


def refusal(sentence: str, again: bool) -> tuple[str, dict[str, str]]:
    """The page after a submission that did not count; with a way back if it may yet (`again`):
    browsers keep what was filled in."""
    script = "document.querySelector('button').addEventListener('click', () => history.back());"
    return _page("Not submitted", sentence, script if again else "", _BACK if again else "")


def notice(title: str, sentence: str) -> tuple[str, dict[str, str]]:
    """The page in the place of one that is not shown."""
    return _page(title, sentence, "")


_BACK = '<p><button type="button">Go back to the form</button></p>'


def _page(title: str, sentence: str, script: str, more: str = "") -> tuple[str, dict[str, str]]:
    nonce = secrets.token_urlsafe(16)
    tag = f'<script nonce="{nonce}">{script}</script>' if script else ""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{html.escape(title)}</title><style nonce="{nonce}">{_STYLE}</style></head>'
        f'<body><main role="status"><h1>{html.escape(title)}</h1>'
        f"<p>{html.escape(sentence)}</p>{more}</main>{tag}</body></html>"
    )
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'"
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return body, headers


def _literal(value: object) -> str:
    """A JavaScript literal that cannot end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e")
