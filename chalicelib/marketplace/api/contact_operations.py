"""Operations on workers: blocks and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import wire

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

Parameters = dict[str, Any]
Answer = dict[str, Any] | None


def create_worker_block(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.contact.block(account_id, given["WorkerId"], given["Reason"])
    return None


def delete_worker_block(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.contact.unblock(account_id, given["WorkerId"])
    return None


def list_worker_blocks(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    after = wire.position_of("ListWorkerBlocks", given)
    found = market.contact.blocks(account_id, after, wire.page_size(given))
    items = [
        ((0, block.worker_id), {"WorkerId": block.worker_id, "Reason": block.reason})
        for block in found
    ]
    return wire.page("ListWorkerBlocks", "WorkerBlocks", items)


def notify_workers(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    failed = market.contact.notify(
        account_id, given["Subject"], given["MessageText"], given["WorkerIds"]
    )
    return {
        "NotifyWorkersFailureStatuses": [
            {
                "NotifyWorkersFailureCode": "HardFailure",
                "NotifyWorkersFailureMessage": why,
                "WorkerId": worker_id,
            }
            for worker_id, why in failed
        ]
    }


OPERATIONS = {
    "CreateWorkerBlock": create_worker_block,
    "DeleteWorkerBlock": delete_worker_block,
    "ListWorkerBlocks": list_worker_blocks,
    "NotifyWorkers": notify_workers,
}
