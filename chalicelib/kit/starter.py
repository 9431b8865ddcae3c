"""Starts the scheduled functions on need, by Lambda's asynchronous invoke."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kit import logs, sdk

log = logging.getLogger("retainer.starter")


class LambdaStarter:
    """Starts functions by name; one without a name waits for its schedule.

    A start is a hint: if it fails, the schedule does the work within a minute, so the failure is
    logged and the caller's request goes on.
    """

    def __init__(self, functions: Mapping[str, str], region: str) -> None:
        self._functions = functions
        self._region = region
        self._made: Any = None

    def start(self, function: str, reason: Mapping[str, Any]) -> None:
        name = self._functions.get(function, "")
        if not name:
            return
        if self._made is None:
            self._made = sdk.client(
                "lambda",
                self._region,
                config=BotoConfig(
                    connect_timeout=1,
                    read_timeout=2,
                    retries={"mode": "standard", "total_max_attempts": 2},
                ),
            )
        # Shaped as a scheduled event, since the functions are scheduled ones.
        event = {
            "version": "0",
            # Whose need it was: the function's lines name it.
            "id": str(logs.current().get("requestId") or ""),
            "detail-type": "Retainer Start",
            "source": "retainer",
            "account": "",
            "time": "",
            "region": self._region,
            "resources": [],
            "detail": dict(reason),
        }
        try:
            self._made.invoke(
                FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode()
            )
        except (BotoCoreError, ClientError) as error:
            log.warning("not started", extra={"function": name, "why": str(error)})
