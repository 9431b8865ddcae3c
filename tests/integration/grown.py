"""Requests with one of their inputs grown to a size, in shapes that careless readers choke on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from tests.integration.route_requests import FORM, Request

HEAD_MOST = 8_000
"""API Gateway takes 10,240 bytes of request line and headers together."""

Shape = Callable[[int], str]

TEXTS: dict[str, Shape] = {
    "letters": lambda n: "a" * n,
    "digits": lambda n: "9" * n,
    "blanks": lambda n: " " * n + "x",
    "lines": lambda n: "\r\n" * (n // 2),
    "brackets": lambda n: "[" * n,
    "marks": lambda n: "<!--&amp;" * (n // 9),
    "quotes": lambda n: '\\"' * (n // 2),
    "accents": lambda n: "é\u0301" * (n // 4),
    "mails": lambda n: "a@a." * (n // 4),
    "words": lambda n: "ab, " * (n // 4),
}

JSONS: dict[str, Callable[[int], str]] = {
    "deep lists": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "deep objects": lambda n: '{"a":' * (n // 6) + "1" + "}" * (n // 6),
    "a long number": lambda n: "9" * n,
    "many numbers": lambda n: "[" + ",".join("1" * (n // 2)) + "]",
    "many names": lambda n: "{" + ",".join(f'"a{i}":1' for i in range(n // 10)) + "}",
    "one name often": lambda n: "{" + ",".join('"a":1' for _ in range(n // 6)) + "}",
    "escapes": lambda n: '"' + "\\u00e9" * (n // 6) + '"',
}

_LINE = 'Content-Disposition: form-data; name="a"'
PARTS: dict[str, Shape] = {
    "empty parameters": lambda n: (
        f"--x\r\nContent-Disposition: form-data{';' * n}\r\n\r\n1\r\n--x--"
    ),
    "parameters": lambda n: f"--x\r\n{_LINE}{'; x=y' * (n // 5)}\r\n\r\n1\r\n--x--",
    "continuations": lambda n: (
        "--x\r\nContent-Disposition: form-data"
        + "".join(f"; name*{i}*=a" for i in range(n // 12))
        + "\r\n\r\n1\r\n--x--"
    ),
    "headers": lambda n: "--x\r\n" + "A: b\r\n" * (n // 6) + "\r\n1\r\n--x--",
    "empty parts": lambda n: "--x\r\n\r\n\r\n" * (n // 9) + "--x--",
    "parts": lambda n: f"--x\r\n{_LINE}\r\n\r\n1\r\n" * (n // 60) + "--x--",
    "dashes": lambda n: f"--x\r\n{_LINE}\r\n\r\n" + "\r\n--" * (n // 4) + "\r\n--x--",
    "parts in parts": lambda n: (
        "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * (n // 55) + "--x--"
    ),
}

HEADERS = ("content-type", "x-worker-session", "x-api-key", "authorization", "cookie", "accept",
           "origin", "referer", "user-agent", "x-forwarded-for")  # fmt: skip


@dataclass(frozen=True)
class Grown:
    """A request of which one input is `size` bytes or nearly; `what` says which and how."""

    what: str
    size: int
    request: Request
    headers: dict[str, str] = field(default_factory=dict)


def grown(template: str, request: Request, size: int) -> Iterator[Grown]:
    """All inputs of a request, each in turn: `template` is its route's path with its parameters."""
    head = min(size, HEAD_MOST)
    yield from _paths(template, request, head)
    path, _, query = request.path.partition("?")
    for name, text in TEXTS.items():
        value = quote(text(head // 3), safe="")
        for known, _ in parse_qsl(query) or [("x", "")]:
            others = [pair for pair in parse_qsl(query) if pair[0] != known]
            asked = f"{path}?{urlencode([*others, (known, '')])}{value}"
            yield Grown(f"query {known}: {name}", head, replace(request, path=asked))
    for what, pair in {"pairs": "a{}=1&", "one pair": "a=1&", "nothing": "&"}.items():
        many = "".join(pair.format(i) for i in range(head // 6))
        yield Grown(f"query of {what}", head, replace(request, path=f"{path}?{many}"))
    for header in HEADERS:
        for name in ("letters", "blanks", "quotes", "words"):
            yield Grown(f"header {header}: {name}", head, request, {header: TEXTS[name](head)})
    for what in ("; a=b", ";", '; boundary="', "; boundary=a"):
        kind = f"multipart/form-data{what * (head // len(what))}"
        yield Grown(f"content type with {what!r}", head, replace(request, kind=kind))
    if request.body:
        yield from _bodies(request, size)


def _paths(template: str, request: Request, size: int) -> Iterator[Grown]:
    path, mark, query = request.path.partition("?")
    given = path.split("/")
    for at, part in enumerate(template.split("/")):
        if not part.startswith("{"):
            continue
        for name, text in TEXTS.items():
            value = quote(text(size // 3), safe="")
            grown_path = "/".join([*given[:at], value, *given[at + 1 :]]) + mark + query
            yield Grown(f"path {part}: {name}", size, replace(request, path=grown_path))


def _bodies(request: Request, size: int) -> Iterator[Grown]:
    is_form = request.kind == FORM
    pairs = parse_qsl(request.body.decode()) if is_form else []
    fields: dict[str, Any] = dict(pairs) if is_form else json.loads(request.body)
    for known, value in fields.items():
        for name, text in TEXTS.items():
            put = _inside(value, text(size)) if is_form else text(size)
            changed = {**fields, known: put}
            body = (urlencode(changed) if is_form else json.dumps(changed)).encode()
            yield Grown(f"field {known}: {name}", len(body), replace(request, body=body))
        if is_form and not _is_object(value):
            continue
        for name, made in JSONS.items():
            text_of = made(size) if is_form else _with(fields, known, made(size))
            body = urlencode({**fields, known: text_of}).encode() if is_form else text_of.encode()
            yield Grown(f"field {known}: {name}", len(body), replace(request, body=body))
    for what, body in {
        **{name: made(size) for name, made in JSONS.items()},
        **{name: made(size) for name, made in TEXTS.items()},
        "many fields": "".join(f"a{i}=1&" for i in range(size // 7)),
        "one field often": "a=1&" * (size // 4),
        "signs": "&" * size,
        "escapes": "a=" + "%41" * (size // 3),
        "broken escapes": "a=" + "%" * size,
    }.items():
        yield Grown(f"body: {what}", size, replace(request, body=body.encode()))
    for what, made in PARTS.items():
        multipart = replace(request, kind="multipart/form-data; boundary=x")
        yield Grown(f"parts: {what}", size, replace(multipart, body=made(size).encode()))


def _is_object(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{")


def _inside(value: Any, text: str) -> str:
    """A field that is JSON grows in one of its own fields, a text one."""
    if not _is_object(value):
        return text
    inner = json.loads(value)
    return json.dumps({**inner, "title": text, "description": text[:100], "url": text})


def _with(fields: dict[str, Any], name: str, raw: str) -> str:
    others = "".join(f"{json.dumps(k)}:{json.dumps(v)}," for k, v in fields.items() if k != name)
    return f"{{{others}{json.dumps(name)}:{raw}}}"
