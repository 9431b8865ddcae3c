"""Operations on notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.services.notifications import Specification

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

Parameters = dict[str, Any]
Answer = dict[str, Any] | None


def update_notification_settings(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    notification = given.get("Notification")
    market.notifications.update_settings(
        account_id,
        given["HITTypeId"],
        _specification(notification) if notification is not None else None,
        given.get("Active"),
    )
    return None


def send_test_event_notification(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    specification = _specification(given["Notification"])
    market.notifications.send_test(account_id, specification, given["TestEventType"])
    return None


def _specification(given: Parameters) -> Specification:
    return Specification(
        given["Destination"], given["Transport"], given["Version"], given["EventTypes"]
    )


OPERATIONS = {
    "SendTestEventNotification": send_test_event_notification,
    "UpdateNotificationSettings": update_notification_settings,
}
