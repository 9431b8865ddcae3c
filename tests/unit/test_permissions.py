"""A function's calls, put before its role's policy: what is refused, to whom, and in what words."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice

from chalicelib.kit.starter import LambdaStarter
from local.demo import DemoFailed, check_permissions
from local.functions import ACCOUNT_ID, Functions
from local.permissions import SENDER, Permissions, enforce
from operate import policies
from operate.build import BuildFailed
from operate.grants import GRANTS
from operate.plain import write_own_destinations
from operate.stages import ROOT, Stage
from tests.fakes import FakeMarket, FakeStarter

NOWHERE = "http://127.0.0.1:9"
OTHERS = "222222222222"
KEY = {"Key": {"id": {"S": "x"}}}


def client(service: str) -> Any:
    """One whose calls reach nobody, if they are let out at all."""
    return botocore.session.get_session().create_client(
        service, region_name="us-east-1", endpoint_url=NOWHERE, aws_access_key_id="x",
        aws_secret_access_key="x",
        config=botocore.config.Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )  # fmt: skip


def run_as(function: str, do: Callable[[], Any]) -> Any:
    """Call in a handler of this function."""
    app = Chalice("retainer")
    app.lambda_function(name=function)(lambda event, context: do())
    return Functions(app, "retainer-local").call(f"retainer-local-{function}", {})


@pytest.fixture
def refused() -> Iterator[list[str]]:
    """What is refused here is wanted, and no failure of the run."""
    with enforce().expecting_refusals() as met:
        yield met


def read_key(table: str = "retainer-local-keys") -> Any:
    return client("dynamodb").get_item(TableName=table, **KEY)


def error_of(do: Callable[[], Any]) -> str:
    """The code of AWS's refusal; empty if the call was let out, to where nobody answers."""
    try:
        do()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except BotoCoreError:
        return ""
    raise AssertionError("somebody answered")


def test_call_without_a_permission__is_refused_as_aws_does__and_kept_in_mind(
    refused: list[str],
) -> None:
    assert error_of(lambda: run_as("market_calls", read_key)) == "AccessDeniedException"

    assert refused == ["market_calls may not dynamodb:GetItem on table/keys"]


def test_call_that_is_granted__is_let_out(refused: list[str]) -> None:
    calls = lambda: read_key("t0123-market-workers")  # noqa: E731

    assert error_of(lambda: run_as("market_calls", calls)) == ""
    assert refused == []


def test_call_of_a_person__needs_no_role(refused: list[str]) -> None:
    assert error_of(read_key) == ""
    assert refused == []


@pytest.mark.parametrize("by", ["thread", "executor"])
def test_call_of_a_thread_that_a_function_started__is_the_functions(
    refused: list[str], by: str
) -> None:
    met: list[str] = []

    def handler() -> None:
        if by == "thread":
            thread = threading.Thread(target=lambda: met.append(error_of(read_key)))
            thread.start()
            thread.join()
        else:
            met.append(pool.submit(error_of, read_key).result())

    with ThreadPoolExecutor(1) as pool:
        # Its thread is there before any function runs.
        pool.submit(int).result()
        run_as("market_calls", handler)

    assert met == ["AccessDeniedException"]
    assert len(refused) == 1


def test_handler_of_no_function_of_ours__may_call_nothing(refused: list[str]) -> None:
    app = Chalice("other")
    app.lambda_function(name="stranger")(lambda event, context: read_key())
    with pytest.raises(ClientError):
        Functions(app, "other-local").call("other-local-stranger", {})

    assert refused == ["other-local-stranger is no function, so it may not GetItem"]


def test_handler_called_without_a_context__may_call_nothing(refused: list[str]) -> None:
    from chalicelib.kit.invocation import Failed, invocation

    with pytest.raises(Failed), invocation(None, None, lambda _: None):
        read_key()

    assert refused == ["(unknown) is no function, so it may not GetItem"]


def test_service_that_no_function_has_called_before__is_refused(refused: list[str]) -> None:
    calls = lambda: client("s3").list_buckets()  # noqa: E731

    assert error_of(lambda: run_as("review", calls)) == "AccessDeniedException"
    assert refused == ["review: what s3:ListBuckets needs is not known"]


def test_table_that_no_grant_knows__is_refused_to_all(refused: list[str]) -> None:
    for function in sorted(set(GRANTS) - {"api_handler"}):
        calls = lambda: read_key("retainer-local-brand-new")  # noqa: E731
        assert error_of(lambda calls=calls, name=function: run_as(name, calls))


def send(account: str, queue: str) -> Any:
    url = f"https://sqs.us-east-1.amazonaws.com/{account}/{queue}"
    return client("sqs").send_message(QueueUrl=url, MessageBody="x")


def publish(account: str) -> Any:
    arn = f"arn:aws:sns:us-east-1:{account}:retainer-dev-alarms"
    return client("sns").publish(TopicArn=arn, Message="x")


@pytest.mark.parametrize("function", ["mturk", "market_tick"])
def test_destination_that_a_requester_names__is_let_be_only_outside_of_the_operators_account(
    refused: list[str], function: str
) -> None:
    def met(do: Callable[..., Any], *given: str) -> str:
        return error_of(lambda: run_as(function, lambda: do(*given)))

    assert met(send, OTHERS, "theirs") == ""
    assert met(publish, OTHERS) == ""
    assert met(lambda: client("sqs").send_message(QueueUrl=f"{NOWHERE}/q", MessageBody="x")) == ""
    # Where the operator's own service is told events.
    assert met(send, ACCOUNT_ID, "retainer-dev-events") == ""
    assert refused == []
    assert met(send, ACCOUNT_ID, "payroll") == "AccessDenied"
    assert met(publish, ACCOUNT_ID) == "AuthorizationError"


def stage_with(folder: Path, **settings: Any) -> Stage:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    stage = config["stages"]["dev"]
    stage["lambda_functions"]["market_calls"]["environment_variables"].update(
        settings.pop("mail", {})
    )
    stage.update(settings)
    config["stages"] = {"dev": stage}
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    made = Stage("dev", folder)
    policies.write_all(made, folder)
    return made


def test_queues_and_topics_of_the_operators_own__may_be_named_where_the_stage_lists_them(
    tmp_path: Path,
) -> None:
    stage = stage_with(tmp_path, own_destinations=["queue/lab", "topic/lab"])
    own = Permissions(tmp_path)

    def is_let(function: str, service: str, operation: str, **params: str) -> bool:
        return own.allows(function, service, operation, params)

    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT_ID}/"
    for function in ("mturk", "market_tick"):
        assert is_let(function, "sqs", "SendMessage", QueueUrl=url + "lab")
        assert not is_let(function, "sqs", "SendMessage", QueueUrl=url + "payroll")
        topic = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:lab"
        assert is_let(function, "sns", "Publish", TopicArn=topic)
    assert not is_let("review", "sqs", "SendMessage", QueueUrl=url + "lab")
    write_own_destinations(config := tmp_path / ".chalice" / "config.json", stage)
    functions = json.loads(config.read_text())["stages"]["dev"]["lambda_functions"]
    told = functions["mturk"]["environment_variables"]["MARKETPLACE_OWN_DESTINATIONS"]
    assert told == "queue/retainer-dev-events queue/lab topic/lab"


def test_mail_by_ses__may_be_sent_by_one_function_alone__and_by_the_configured_sender_alone(
    tmp_path: Path,
) -> None:
    mail = {"MARKETPLACE_MAIL": "ses", "MARKETPLACE_MAIL_FROM": f"Our lab <{SENDER}>"}
    stage = stage_with(tmp_path, mail=mail)
    policies.check_files(stage)

    granted = {f for f in GRANTS for s in policies.policy(stage, f)["Statement"]
               if "ses:SendEmail" in s["Action"]}  # fmt: skip
    (statement,) = [
        s for s in policies.policy(stage, "market_calls")["Statement"] if "ses:" in s["Action"][0]
    ]

    assert granted == {"market_calls"}
    assert statement["Action"] == ["ses:SendEmail", "ses:SendRawEmail"]
    assert statement["Resource"] == [
        "arn:aws:ses:*:*:identity/example.org",
        f"arn:aws:ses:*:*:identity/{SENDER}",
    ]
    assert not any("ses:" in a for f in GRANTS
                   for s in policies.policy(Stage("dev"), f)["Statement"]
                   for a in s["Action"])  # fmt: skip


def test_mail_that_a_stage_switches_on__is_not_built_before_its_policies_are_written(
    tmp_path: Path,
) -> None:
    stage_with(tmp_path)
    path = tmp_path / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    variables = config["stages"]["dev"]["lambda_functions"]["market_calls"]["environment_variables"]
    variables |= {"MARKETPLACE_MAIL": "ses", "MARKETPLACE_MAIL_FROM": SENDER}
    path.write_text(json.dumps(config))

    with pytest.raises(BuildFailed, match=r"market_calls.json is not what .* ask for"):
        policies.check_files(Stage("dev", tmp_path))


def test_mail_of_another_function__is_refused(refused: list[str]) -> None:
    def mails() -> Any:
        return client("sesv2").send_email(
            FromEmailAddress=SENDER, Destination={"ToAddresses": ["a@example.org"]},
            Content={"Raw": {"Data": b"x"}},
        )  # fmt: skip

    assert error_of(lambda: run_as("market_calls", mails)) == ""
    assert refused == []
    assert error_of(lambda: run_as("review", mails)) == "AccessDeniedException"


def test_stand_ins__need_what_the_real_parts_would(refused: list[str]) -> None:
    run_as("market_calls", lambda: FakeStarter().start("review", {}))
    real = LambdaStarter({"review": "retainer-local-review"}, "us-east-1")
    run_as("market_calls", lambda: real.start("review", {}))
    run_as("market_calls", lambda: FakeMarket().open(SimpleNamespace(hit_type_id="A"), 1, "T"))

    needs = ["lambda:InvokeFunction on function/review"] * 2 + ["sqs:GetQueueUrl on queue/events"]
    assert refused == [f"market_calls may not {need}" for need in needs]


@pytest.mark.parametrize("stage", Stage.all_names())
def test_parameters_of_a_functions_variables__may_be_read_by_it_and_by_no_other(
    stage: str,
) -> None:
    enforced = enforce()
    functions = Stage(stage).settings["lambda_functions"]
    named = {
        function: {v.removeprefix("ssm:") for v in own["environment_variables"].values()
                   if v.startswith("ssm:")}
        for function, own in functions.items()
    }  # fmt: skip

    for function in GRANTS:
        for name in set().union(*named.values()):
            is_read = enforced.allows(function, "ssm", "GetParameters", {"Names": [name]})
            assert is_read == (name in named[function]), (function, name)


def test_demo__fails_if_a_permission_was_missing__though_all_answers_came() -> None:
    stack: Any = SimpleNamespace(refused=["review may not sleep"] * 2)

    with pytest.raises(DemoFailed, match=r"permissions are missing: review may not sleep$"):
        check_permissions(stack)
    check_permissions(SimpleNamespace(refused=[]))  # type: ignore[arg-type]
