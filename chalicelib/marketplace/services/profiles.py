"""What is known of workers besides their work: where they are, what they agreed to, mastery."""

from __future__ import annotations

import re

from chalicelib.marketplace.domain.errors import BadRequest, NotFound
from chalicelib.marketplace.domain.people import Profile, Worker
from chalicelib.marketplace.domain.ports import WorkerStore

_COUNTRY = re.compile("[A-Z]{2}")
_SUBDIVISION = re.compile("[A-Z0-9]{1,3}")


class Profiles:
    def __init__(self, workers: WorkerStore) -> None:
        self._workers = workers

    def agree_to_adult_content(self, worker: Worker, agreed: bool) -> None:
        """Record the worker's own word that they are of age and agree to it, or no longer do."""
        self._write(worker.worker_id, Profile(adult=agreed))

    def locate(self, worker_id: str, country: str, subdivision: str | None = None) -> None:
        """Record where a worker is, by ISO 3166; for who runs the marketplace."""
        check_place(country, subdivision)
        self._write(worker_id, Profile(country=country, subdivision=subdivision))

    def name_master(self, worker_id: str, is_master: bool) -> None:
        """Make a worker a master, or take it back; for who runs the marketplace."""
        self._write(worker_id, Profile(master=is_master))

    def _write(self, worker_id: str, profile: Profile) -> None:
        if not self._workers.describe(worker_id, profile):
            raise NotFound("There is no such worker.")


def check_place(country: str, subdivision: str | None) -> None:
    """Refuse what does not look like ISO 3166."""
    if not _COUNTRY.fullmatch(country):
        raise BadRequest("A country is two capital letters.")
    if subdivision is not None and not _SUBDIVISION.fullmatch(subdivision):
        raise BadRequest("A subdivision is one to three capital letters or digits.")
