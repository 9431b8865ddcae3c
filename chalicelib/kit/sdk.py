"""botocore's sessions, quick to make clients: of botocore's data they read only what is used.

For a first client botocore looks through the folders of its 400 services, twice, and reads where
each of them has its endpoints: 50 of the 75 ms of processor time that DynamoDB's takes. The package
brings the few services that we call along (`operate/sdk_data.py`); a clone has no such copy, and
uses botocore's own data.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.loaders import Loader

DATA = Path(__file__).parent / "data"
"""Where the copy lies, in the layout of a botocore data folder; not in the repository."""


def session(*more: Path) -> botocore.session.Session:
    """Return a session of its own, with the data that all share; `more` folders are looked into
    after it."""
    made = botocore.session.get_session()
    own = [DATA] if DATA.exists() else made.get_component("data_loader").search_paths
    made.register_component("data_loader", _loader(*map(str, (*own, *more))))
    return made


def client(service: str, region: str, **options: Any) -> Any:
    """Make a client of one of the services that we call."""
    return session().create_client(service, region_name=region, **options)


@cache
def _loader(*folders: str) -> Loader:
    return Loader(list(folders), include_default_search_paths=False)
