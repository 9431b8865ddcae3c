"""Has a market tell events: UpdateNotificationSettings for each type of HIT that is posted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kit import sdk
from chalicelib.mturk import notification
from chalicelib.retainer.domain.market import MarketError

log = logging.getLogger("retainer.market")


class Telling:
    """Asks once for each type and process, so that settings that were lost come back."""

    def __init__(self, queue: str, region: str, call: Callable[..., dict[str, Any]]) -> None:
        """`queue` is its address, or the name of one of this account; empty: nothing is told."""
        self._queue = queue
        self._region = region
        self._call = call
        self._asked: set[str] = set()

    def begin(self, hit_id: str, hit_type: str) -> None:
        """Have events of a HIT's type told; `hit_type` is empty if it is not known.

        They are hints: whatever goes wrong is logged, and never in the way of a posting.
        """
        if not self._queue or hit_type in self._asked:
            return
        try:
            kind = hit_type or str(self._call("get_hit", HITId=hit_id)["HIT"]["HITTypeId"])
            if kind not in self._asked:
                self._call(
                    "update_notification_settings",
                    HITTypeId=kind,
                    Notification={
                        "Destination": self._address(),
                        "Transport": "SQS",
                        "Version": notification.VERSION,
                        "EventTypes": list(notification.OF_USE),
                    },
                    Active=True,
                )
            self._asked.add(kind)
        except (MarketError, BotoCoreError, ClientError) as error:
            log.warning("events will not be told", extra={"hit": hit_id, "why": str(error)})

    def _address(self) -> str:
        if "/" not in self._queue:
            client: Any = sdk.client(
                "sqs",
                self._region,
                config=BotoConfig(connect_timeout=2, read_timeout=3, retries={"mode": "standard"}),
            )
            self._queue = client.get_queue_url(QueueName=self._queue)["QueueUrl"]
        return self._queue
