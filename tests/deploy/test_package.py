"""What is in the deployment package, and what is not."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chalicelib import routes
from operate import sdk_data
from operate.build import BuildFailed, assemble, install
from operate.grants import GRANTS, OF_THE_SERVICE
from operate.package import package
from operate.policies import granted as granted_to
from operate.runtime import PYTHON, own_python
from operate.stages import ROOT, Stage


def test_package__is_small_and_pure(prod_package: Path) -> None:
    file = prod_package / "deployment.zip"
    names = zipfile.ZipFile(file).namelist()
    tops = {name.split("/")[0] for name in names}

    assert file.stat().st_size < 1_200_000
    # The runtime brings the SDK.
    assert not tops & {"boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil"}
    # One package for either processor.
    assert not [name for name in names if name.endswith((".so", ".pyd"))]
    assert not tops & {"tests", "local", "operate", "bench", "static", "examples"}


def test_package__brings_the_protocols_model(artifact: Path) -> None:
    model = artifact / "chalicelib/mturk/data/mturk/2017-01-17/service-2.json"

    assert len(json.loads(model.read_text())["operations"]) == 39


def test_package__carries_licences_along(artifact: Path) -> None:
    for name in ("pynamodb", "defusedxml", "ecdsa", "multipart", "six", "tzdata"):
        found = [*artifact.glob(f"{name}-*.dist-info/**/LICENSE*")]
        assert found, name


def test_endpoint__is_told_which_of_the_operators_queues_requesters_may_name(
    prod_package: Path,
) -> None:
    resources = json.loads((prod_package / "sam.json").read_text())["Resources"].values()
    told = [
        variables["MARKETPLACE_OWN_DESTINATIONS"]
        for one in resources
        if "MARKETPLACE_OWN_DESTINATIONS"
        in (variables := one.get("Properties", {}).get("Environment", {}).get("Variables", {}))
    ]

    assert told == ["queue/retainer-prod-events"]


def test_secrets__are_in_no_file_that_is_deployed(prod_package: Path) -> None:
    """Functions' variables name parameters; what a role may read is in its policy."""
    template = json.loads((prod_package / "sam.json").read_text())
    secret = ("SECRET", "MASTER_KEY", "RETAINER_MARKETS")
    seen = 0
    for resource in template["Resources"].values():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        for name, value in variables.items():
            if name.endswith(secret):
                seen += 1
                assert value.startswith("ssm:/retainer/prod/"), name
    assert seen >= 8


def test_building_again__makes_the_same_files(prod_package: Path, tmp_path: Path) -> None:
    """Chalice goes by hashes: it must not upload all functions for nothing."""
    again = shutil.copytree(prod_package.parent / "project", tmp_path / "again", symlinks=True)
    first = _built(again)

    assemble(again, python=own_python())

    assert len(first) > 300
    assert _built(again) == first


def test_package__names_no_folder_of_the_machine_that_built_it(artifact: Path) -> None:
    compiled = [*artifact.rglob("*.pyc")]

    assert len(compiled) > 30
    assert not [f.name for f in compiled if bytes(ROOT) in f.read_bytes()]


@pytest.mark.parametrize("handler", ["app", "size_pools"])
def test_importing_the_app__asks_nobody_and_loads_little(
    handler: str, artifact: Path, newest_sdk: Path
) -> None:
    loaded = _loaded_by_import(artifact, newest_sdk, f"app.{handler}")

    ours = {name for name in loaded if name.partition(".")[0] == "chalicelib"}
    # The composition root: rooms are built, and routes declared, when a call comes that needs them.
    assert ours <= {
        "chalicelib",
        "chalicelib.bootstrap",
        "chalicelib.kit",
        "chalicelib.kit.clock",
        "chalicelib.kit.config",
        "chalicelib.kit.dynamo",
        "chalicelib.kit.dynamo.client",
        "chalicelib.kit.dynamo.connection",
        "chalicelib.kit.http",
        "chalicelib.kit.http.answers",
        "chalicelib.kit.http.app",
        "chalicelib.kit.invocation",
        "chalicelib.kit.loading",
        "chalicelib.kit.logs",
        "chalicelib.kit.metrics",
        "chalicelib.kit.parameters",
        "chalicelib.kit.refusals",
        "chalicelib.kit.sdk",
        "chalicelib.mturk",
        "chalicelib.mturk.prices",
        "chalicelib.routes",
        # Every answer that changes something says who acted.
        "chalicelib.kit.trail",
        # The routes' CORS, which Chalice wants when they are declared.
        *(
            "chalicelib.marketplace",
            "chalicelib.marketplace.api",
            "chalicelib.marketplace.api.cors",
        ),
    }
    # Import takes 200 ms of processor time at the most (bench/cold_start.py); each module has a
    # part in that.
    assert len(loaded) < 400


def test_importing_the_app__compiles_nothing(artifact: Path, newest_sdk: Path) -> None:
    compiled = _printed(
        artifact,
        newest_sdk,
        "app.app",
        "seen = []\n"
        "import importlib._bootstrap_external as loading\n"
        "whole = loading.SourceLoader.source_to_code\n"
        "def told(self, data, path, **named):\n"
        "    seen.append(path)\n"
        "    return whole(self, data, path, **named)\n"
        "loading.SourceLoader.source_to_code = told\n"
        "import app\n"
        "print('\\n'.join(seen))\n",
    )

    ours = {name for name in compiled if name.startswith(str(artifact))}
    assert not ours


def test_bytecode__is_of_the_runtime(prod_package: Path, artifact: Path) -> None:
    template = json.loads((prod_package / "sam.json").read_text())
    runtimes = {
        resource["Properties"]["Runtime"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }

    assert runtimes == {f"python{own_python()}"}
    for file in artifact.rglob("*.pyc"):
        assert file.read_bytes()[:4] == importlib.util.MAGIC_NUMBER, file
        # Any other Python can do without it: going back never depends on who has built.
        assert (file.parent.parent / f"{file.name.partition('.')[0]}.py").is_file(), file


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, str, Path]:
    """A package for a new account, by an operator who has no Python of the runtime's version."""
    folder = tmp_path_factory.mktemp("elsewhere")
    settings = json.loads((ROOT / ".chalice" / "config.json").read_text())
    settings["stages"]["prod"]["reserve_concurrency"] = False
    root = folder / "root"
    shutil.copytree(ROOT / ".chalice" / "policies", root / ".chalice" / "policies")
    for name in ("app.py", "requirements.txt", "requirements-deploy.lock"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "chalicelib", root / "chalicelib")
    (root / ".chalice" / "config.json").write_text(json.dumps(settings))
    stage = Stage.named("prod", root)
    other = "3.14" if own_python() == PYTHON else PYTHON
    with pytest.MonkeyPatch.context() as patched:
        # No other Python is to be found.
        patched.setenv("PATH", str(folder))
        return stage, other, package(stage, folder / "out", other)


def test_runtime__is_pinned_and_not_that_of_the_machine_that_deploys(
    elsewhere: tuple[Stage, str, Path],
) -> None:
    """An operator with any Python deploys for the same one, at worst without bytecode."""
    _, other, out = elsewhere
    template = json.loads((out / "sam.json").read_text())
    names = zipfile.ZipFile(out / "deployment.zip").namelist()

    runtimes = {r["Properties"]["Runtime"] for r in template["Resources"].values()
                if r["Type"] == "AWS::Serverless::Function"}  # fmt: skip
    assert runtimes == {f"python{other}"}
    assert not [name for name in names if name.endswith(".pyc")]
    assert {"app.py", "pynamodb/models.py", "chalicelib/bootstrap.py"} <= {*names}


def test_reserved_concurrency__is_left_out_where_the_stage_says_so(
    elsewhere: tuple[Stage, str, Path],
) -> None:
    """An account that is new has ten executions, all of which must stay unreserved."""
    assert sum(Stage.named("prod").reservations.values()) > 50
    stage, _, out = elsewhere

    template = json.loads((out / "sam.json").read_text())
    reserved = "ReservedConcurrentExecutions"
    assert not [n for n, r in template["Resources"].items() if reserved in r["Properties"]]
    assert not stage.reservations


def test_each_zone_that_there_is__can_be_read_from_the_package(artifact: Path) -> None:
    names = [name for name in (artifact / "tzdata/zones").read_text().split() if "/" in name]
    code = (
        "import sys, zoneinfo\n"
        "zoneinfo.reset_tzpath([])\n"
        "for name in sys.argv[1:]: print(zoneinfo.ZoneInfo(name).key)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", code, *names],
        cwd=artifact,
        env={"PYTHONPATH": str(artifact)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert len(names) > 400
    assert done.stdout.split() == names


def test_each_route__is_found_where_it_is_declared() -> None:
    declared = importlib.import_module("app").app.routes

    assert len(declared) > 80
    for route, methods in declared.items():
        for entry in methods.values():
            assert routes.module_of(route) == entry.view_function.__module__, route


def test_packages_data__knows_what_the_functions_may_call(artifact: Path, newest_sdk: Path) -> None:
    """A client of the package's data has each operation that a policy grants."""
    services, stage = {"dynamodb", "lambda", "ses", "sns", "sqs", "ssm"}, Stage.named("dev")
    granted = {
        action
        for function in GRANTS
        for resource, actions in granted_to(stage, function).items()
        for action in actions.split()
        if action.partition(":")[0] in services
        and action not in OF_THE_SERVICE[function].get(resource, "").split()
    }
    known = {
        f"{service}:{operation}"
        for service, operations in sdk_data.OPERATIONS.items()
        for operation in operations
    }
    # Policies have names of their own for some.
    allowed_by = {
        "lambda:InvokeFunction": "lambda:Invoke",
        "ses:SendEmail": "sesv2:SendEmail",
        "dynamodb:ConditionCheckItem": "dynamodb:TransactWriteItems",
    }

    assert {allowed_by.get(action, action) for action in granted} <= known
    made = _printed(
        artifact,
        newest_sdk,
        "app.app",
        "from chalicelib.kit import sdk\n"
        f"for service in {sorted(sdk_data.OPERATIONS)!r}:\n"
        "    client = sdk.client(service, 'eu-central-1')\n"
        "    for name in client.meta.service_model.operation_names:\n"
        "        print(f'{service}:{name}')\n"
        "    print(client.meta.endpoint_url)\n",
    )
    assert known <= set(made)
    assert "https://dynamodb.eu-central-1.amazonaws.com" in made


def _loaded_by_import(artifact: Path, sdk: Path, handler: str) -> set[str]:
    code = (
        "import sys, socket\n"
        "def refuse(*_): raise SystemExit('connected at import')\n"
        "socket.socket.connect = refuse\n"
        "import app\n"
        "print('\\n'.join(sys.modules))\n"
    )
    return set(_printed(artifact, sdk, handler, code))


def _printed(artifact: Path, sdk: Path, handler: str, code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", code],
        # The folder that it starts in goes first on its path: the sources must not.
        cwd=artifact,
        # Lambda names the handler so.
        env={"PYTHONPATH": f"{artifact}:{sdk}", "_HANDLER": handler},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _built(project: Path) -> dict[Path, bytes]:
    """All but Chalice's folder: what it made itself, and settings with a stage's addresses."""
    found = {p.relative_to(project): p for p in project.rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in found.items() if name.parts[0] != ".chalice"}


def test_package_of_another_content_than_on_record__is_not_built_in(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six==1.17.0\n")
    lock = (ROOT / "requirements-deploy.lock").read_text()
    (tmp_path / "requirements-deploy.lock").write_text(
        re.sub(r"(?<=sha256:)[0-9a-f]{64}", "0" * 64, lock)
    )

    with pytest.raises(BuildFailed, match=r"DO NOT MATCH|hash"):
        install(tmp_path, tmp_path / "vendor")

    assert not (tmp_path / "vendor" / "six.py").exists()
