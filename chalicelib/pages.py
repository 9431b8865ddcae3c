"""What browsers are told about the static pages: one text for the headers and for the pages.

A site's headers are sent by whatever stands in front of it: `local/` on one machine, the
distribution in a deployment. A bare bucket sends none, so each page carries its own policy in a
`<meta>` too; where both are there, a browser keeps to both. `frame-ancestors` is heeded in a
header only.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

_NONE, _SELF = "'none'", "'self'"
# A page cannot know the API's address before it has loaded it: anything encrypted, or this machine.
_ANYWHERE = ("https:", "http://127.0.0.1:*", "http://localhost:*")
_FRAMES = ("https:", "http:")

Policy = dict[str, tuple[str, ...]]


class Page(StrEnum):
    """What a page does, and so what it has to be allowed."""

    # Waits in a market's frame, rings, shows tasks and submits.
    WAIT = "wait"
    # The worker site: what requesters have written, in frames and as pictures.
    WORK = "work"
    # Holds an API key.
    CONSOLE = "console"


_COMMON: Policy = {
    "default-src": (_NONE,),
    "script-src": (_SELF,),
    "style-src": (_SELF,),
    "font-src": (_SELF,),
    "img-src": (_SELF, "data:"),
    "connect-src": (_SELF, *_ANYWHERE),
    "frame-src": _FRAMES,
    "base-uri": (_NONE,),
    "form-action": (_SELF,),
}
_OWN: dict[Page, Policy] = {
    Page.WAIT: {
        "img-src": (_SELF, "data:", "https:"),
        "media-src": (_SELF, "data:", "blob:", "https:"),
        # The timers of retainer.js, which a hidden tab does not slow down.
        "worker-src": (_SELF, "blob:"),
        # The market's. Which one is decided in retainer.js; the market may send the form on.
        "form-action": _ANYWHERE,
    },
    Page.WORK: {
        "img-src": (_SELF, "data:", *_FRAMES),
        "media-src": (_SELF, "data:", *_FRAMES),
        "worker-src": (_SELF,),
    },
    # No page here makes HTML of text; the browser sees to it.
    Page.CONSOLE: {"require-trusted-types-for": ("'script'",), "trusted-types": (_NONE,)},
}


def page_policy(page: Page) -> str:
    """The Content-Security-Policy in a page's `<meta>`."""
    return _text(_COMMON | _OWN[page])


def wait_headers(api: str, markets: Iterable[str], framed_by: Iterable[str]) -> dict[str, str]:
    """Headers of the waiting pages' site.

    `api`: the API's origin; `markets`: origins that take submissions, where encryption alone does
    not say it; `framed_by`: origins of the markets' sites whose frames the pages may stand in. The
    site itself is always among them: a task may be such a page too, in a waiting page's frame.
    """
    policy = _COMMON | _OWN[Page.WAIT]
    # A requester's own sound comes from wherever they have it.
    policy["connect-src"] = (_SELF, api, *_ANYWHERE)
    policy["form-action"] = ("https:", *markets)
    policy["frame-ancestors"] = (_SELF, *framed_by)
    # An address names worker and assignment.
    # Pages of requesters' own import our modules from wherever they lie; nothing here is secret.
    return _headers(policy, "strict-origin") | {"Access-Control-Allow-Origin": "*"}


def desk_headers(api: str) -> dict[str, str]:
    """Headers of the worker site and the consoles, which hold tokens and are framed by nobody."""
    policy = _COMMON | _OWN[Page.WORK]
    policy["connect-src"] = (_SELF, api)
    policy["frame-ancestors"] = (_NONE,)
    return _headers(policy, "no-referrer") | {
        "X-Frame-Options": "DENY",
        # A page that opens this site keeps no hold of its window, to lead it to a look-alike later.
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _headers(policy: Policy, referrer: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": _text(policy),
        "Referrer-Policy": referrer,
        "X-Content-Type-Options": "nosniff",
    }


def _text(policy: Policy) -> str:
    return "; ".join(f"{name} {' '.join(values)}" for name, values in policy.items())
