"""Web Push against a push service that checks every signature, and what endpoints are sent to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.marketplace.domain.calling_ports import Refused, Unavailable
from chalicelib.marketplace.web_push import WebPush
from local.http_server import free_port
from tests.integration.market import MASTER_KEY
from tests.integration.push_service import PushService, raw, running_push_service, verified

CONTACT = "mailto:lab@example.org"
PUBLIC = Config.from_env({}).marketplace.push_hosts


@pytest.fixture
def service(clock: FakeClock) -> Iterator[PushService]:
    with running_push_service(clock) as running:
        yield running


def push(clock: FakeClock, *hosts: str, key: str = MASTER_KEY) -> WebPush:
    return WebPush(key, CONTACT, hosts, clock)


def test_push__is_signed_and_carries_nothing(service: PushService, clock: FakeClock) -> None:
    push(clock, service.origin).send(service.endpoint("a"), 1800, urgent=True)

    ((path, headers, body),) = service.pushes
    assert (path, body) == ("/send/a", b"")
    assert (headers["TTL"], headers["Urgency"]) == ("1800", "high")
    claims = verified(headers["Authorization"], service.origin, clock.now_ms())
    assert claims["sub"] == CONTACT


def test_key__is_the_same_each_time_and_a_point_that_browsers_take(clock: FakeClock) -> None:
    one = push(clock).public_key
    point = raw(one)

    assert one == push(clock).public_key
    assert one != push(clock, key="another-master-key-0123456789abcdef").public_key
    assert (len(point), point[0]) == (65, 4)
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def test_signature__is_made_anew_before_it_ends(service: PushService, clock: FakeClock) -> None:
    sender = push(clock, service.origin)
    for hours in (0, 10, 2, 30):
        clock.advance(hours * 3600)
        sender.send(service.endpoint("a"), 60, urgent=False)

    tokens = [headers["Authorization"] for _, headers, _ in service.pushes]
    assert service.refused == []
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3


@pytest.mark.parametrize(
    ("status", "for_good"), [(404, True), (410, True), (429, False), (503, False), (307, False)]
)
def test_refusal__is_for_good_only_when_the_subscription_is_gone(
    service: PushService, clock: FakeClock, status: int, for_good: bool
) -> None:
    service.answers["/send/a"] = status
    with pytest.raises(Refused) as refused:
        push(clock, service.origin).send(service.endpoint("a"), 60, urgent=False)

    assert refused.value.for_good is for_good
    assert service.pushes == []  # a redirect is not followed either


def test_nobody_there__is_unavailable(clock: FakeClock) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unavailable):
        push(clock, origin).send(f"{origin}/a", 60, urgent=False)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_endpoint__of_a_public_push_service__is_sent_to(clock: FakeClock, endpoint: str) -> None:
    assert push(clock, *PUBLIC).accepts(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/abc",
        "https://fcm.googleapis.com.example.org/abc",
        "https://evilfcm.googleapis.com.example.org/abc",
        "https://evil-push.apple.com/abc",
        "https://push.apple.com@example.org/abc",
        "https://user@fcm.googleapis.com/abc",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/abc",
        "http://127.0.0.1:9000/abc",
        "https://[::1]/abc",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\r\nHost: example.org",
        "https://fcm.googleapis.com:x/abc",
        "https:///abc",
        "file:///etc/passwd",
        "",
        "https://fcm.googleapis.com/" + "a" * 1_100,
    ],
)
def test_endpoint__that_leads_elsewhere__is_refused(clock: FakeClock, endpoint: str) -> None:
    sender = push(clock, *PUBLIC)

    assert not sender.accepts(endpoint)
    with pytest.raises(Refused) as refused:
        sender.send(endpoint, 60, urgent=False)
    assert refused.value.for_good
