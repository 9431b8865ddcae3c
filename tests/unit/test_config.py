"""Configuration is refused where it cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chalicelib.kit.config import Config, ConfigError


def test_nothing_set__is_closed_and_unconfigured() -> None:
    config = Config.from_env({})

    assert not config.retainer.open
    assert not config.marketplace.open_sign_in
    assert config.retainer.markets == {}
    assert config.marketplace.initial_balance_cents == 0, "the market would owe it to workers"
    assert config.retainer.max_spend_hour_cents == 5000


def test_markets__are_read_and_their_secrets_not_shown() -> None:
    text = '{"sandbox": {"endpoint": "http://m", "access_key": "AK", "secret_key": "hush"}}'
    config = Config.from_env({"RETAINER_MARKETS": text, "PATH": "/bin"})

    assert config.retainer.markets["sandbox"].access_key == "AK"
    assert "hush" not in repr(config)


def test_mail__is_read_and_its_password_not_shown() -> None:
    env = {
        "MARKETPLACE_MAIL": "smtp://lab:hush@mail.example.org",
        "MARKETPLACE_MAIL_FROM": "Our lab <lab@example.org>",
    }
    config = Config.from_env(env)

    assert config.marketplace.mail == env["MARKETPLACE_MAIL"]
    assert "hush" not in repr(config)
    with pytest.raises(ConfigError, match="MARKETPLACE_MAIL_FROM"):
        Config.from_env({**env, "MARKETPLACE_MAIL_FROM": "the lab"})
    with pytest.raises(ConfigError) as refused:
        Config.from_env({"MARKETPLACE_MAIL": "smpt://lab:hush@mail.example.org"})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETAINER_OPNE", "1"),
        ("RETAINER_OPEN", "yes"),
        ("RETAINER_SEAT_SECRET", "short"),
        ("RETAINER_MARKETS", "["),
        ("RETAINER_MARKETS", '{"sandbox": {"endpoint": "x"}}'),
        ("RETAINER_MARKETS", '{"sandbox": {"endpoint": ""}}'),
        ("RETAINER_MARKETS", '{"sandbox": {"access_key": "AK"}}'),
        ("MARKETPLACE_KEYS_SECRET", "short"),
        ("RETAINER_MARKETS", '{"mine": {"endpoint": "x", "access_key": "", "secret_key": ""}}'),
        ("RETAINER_MAX_HITS_OUT", "-1"),
        ("RETAINER_MAX_SPEND_PER_DAY", "1.234"),
        ("DYNAMODB_ENDPOINT", "localhost:8000"),
        ("MARKETPLACE_MAIL", "mail.example.org"),
        ("MARKETPLACE_MAIL", "smtp://"),
        ("MARKETPLACE_MAIL", "smtp://mail.example.org:port"),
        ("MARKETPLACE_MAIL", "file:mail"),
        ("MARKETPLACE_PUSH_CONTACT", "lab@example.org"),
        ("MARKETPLACE_MAX_CALLS_PER_DAY", "many"),
        ("RETAINER_EVENTS_QUEUE", "my events"),
        ("RETAINER_EVENTS_QUEUE", "https://sqs.us-east-1.amazonaws.com/events"),
    ],
)
def test_bad_value__names_its_variable(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_env({name: value})


def test_parameter__is_read_where_one_may_connect() -> None:
    env = {"MARKETPLACE_MASTER_KEY": "ssm:/retainer/prod/master-key", "AWS_REGION": "eu-west-1"}
    asked = []

    def fetch(names: Mapping[str, str], region: str) -> dict[str, str]:
        asked.append((dict(names), region))
        return {"MARKETPLACE_MASTER_KEY": "k" * 32}

    assert Config.from_env(env, fetch).marketplace.master_key == "k" * 32
    assert asked == [({"MARKETPLACE_MASTER_KEY": "/retainer/prod/master-key"}, "eu-west-1")]
    # At import nothing may be asked of anybody.
    assert Config.from_env(env).marketplace.master_key == ""
    with pytest.raises(ConfigError, match="MARKETPLACE_MASTER_KEY"):
        Config.from_env(env, lambda names, region: {"MARKETPLACE_MASTER_KEY": "short"})


def test_events_queue__by_name_or_address() -> None:
    address = "https://sqs.us-east-1.amazonaws.com/123456789012/events"

    for value in ("events", address):
        config = Config.from_env({"RETAINER_EVENTS_QUEUE": value}).retainer
        assert (config.events_queue, config.events_queue_name) == (value, "events")
