"""What is known of workers besides their work: where they are, what they agreed to, mastery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.errors import BadRequest, NotFound
from chalicelib.marketplace.domain.people import Profile

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import WorkerStore

_COUNTRY = re.compile("[A-Z]{2}")
_SUBDIVISION = re.compile("[A-Z0-9]{1,3}")


class Profiles:
    def __init__(self, workers: WorkerStore) -> None:
        self._workers = workers

    def agree_to_adult_content(self, worker: Worker, agreed: bool) -> None:
        """Record the worker's own word that they are of age and agree to it, or no longer do."""
        self._write(worker.worker_id, Profile(adult=agreed))

    def describe(self, worker_id: str, profile: Profile) -> None:
        """Record all that is given of a profile at once; for who runs the marketplace."""
        if profile.country is not None:
            check_place(profile.country, profile.subdivision)
        self._write(worker_id, profile)

    def _write(self, worker_id: str, profile: Profile) -> None:
        if not self._workers.describe(worker_id, profile):
            raise NotFound("There is no such worker.")


def check_place(country: str, subdivision: str | None) -> None:
    """Refuse what does not look like ISO 3166."""
    if not _COUNTRY.fullmatch(country):
        raise BadRequest("A country is two capital letters.")
    if subdivision is not None and not _SUBDIVISION.fullmatch(subdivision):
        raise BadRequest("A subdivision is one to three capital letters or digits.")
