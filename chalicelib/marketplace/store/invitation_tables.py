"""The tables of links that let workers in, of their sessions, and of newcomers by day."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class InvitationRow(Model):
    """A link by the beginning of its secret's hash; `ttl` clears what is long over."""

    class Meta:
        table_name = "market-invitations"

    invitation_id = UnicodeAttribute(hash_key=True)
    secret_hash = UnicodeAttribute()
    kind = UnicodeAttribute()
    worker_id = UnicodeAttribute()
    name = UnicodeAttribute()
    invited_by = UnicodeAttribute()
    made_ms = NumberAttribute()
    expires_ms = NumberAttribute(null=True)
    generation = NumberAttribute(default=0)
    used_ms = NumberAttribute(null=True)
    nonce_hash = UnicodeAttribute(null=True)
    revoked_ms = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)


class SessionRow(Model):
    """A worker's session by the hash of its token."""

    class Meta:
        table_name = "market-sessions"

    token_hash = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute()
    generation = NumberAttribute(default=0)
    opened_ms = NumberAttribute(default=0)
    expires_ms = NumberAttribute()
    ttl = NumberAttribute()


class NewcomersRow(Model):
    """How many made an account of their own on a day."""

    class Meta:
        table_name = "market-newcomers"

    day = UnicodeAttribute(hash_key=True)
    joined = NumberAttribute()
    ttl = NumberAttribute()


ENTRY_MODELS: list[type[Model]] = [InvitationRow, SessionRow, NewcomersRow]
