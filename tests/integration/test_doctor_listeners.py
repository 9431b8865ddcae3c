"""Who is told of alarms, as the doctor sees it: moto confirms every address, AWS does not."""

from __future__ import annotations

import pytest

from local.http_server import HttpServer, Reply, Request
from operate.doctor.stage import listeners
from operate.stages import Stage
from operate.target import Target

_IDENTITY = """<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
_LISTED = """<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{}
</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"""
_ONE = """<member><Endpoint>{}</Endpoint><Protocol>email</Protocol>
<SubscriptionArn>{}</SubscriptionArn></member>"""


@pytest.mark.parametrize(
    ("subscribed", "wrong", "well"),
    [
        ({}, [], "nobody is told of alarms yet: retainer alarms mail ADDRESS --stage dev"),
        ({"a@example.org": "arn:aws:sns:x"}, [], "1 are told of alarms"),
        (
            {"a@example.org": "arn:aws:sns:x", "b@example.org": "PendingConfirmation"},
            ["b@example.org has not confirmed and is told of no alarm"],
            "1 are told of alarms",
        ),
    ],
)
def test_address_that_has_not_confirmed__is_told(
    subscribed: dict[str, str], wrong: list[str], well: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(_ONE.format(address, arn) for address, arn in subscribed.items())

    def answer(request: Request) -> Reply:
        text = _IDENTITY if b"GetCallerIdentity" in request.body else _LISTED.format(rows)
        return Reply(200, [("Content-Type", "text/xml")], text.encode())

    server = HttpServer("aws", answer)
    server.start()
    for name, value in {
        "AWS_ENDPOINT_URL": server.origin, "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    try:
        found = list(listeners(Target(Stage.named("dev"))))
    finally:
        server.stop()

    assert [f.what for f in found if not f.ok] == wrong
    assert [f.what for f in found if f.ok] == [well]
