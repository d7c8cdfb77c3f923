"""compose.yaml and the Kubernetes example: their form, the settings that they name, and the parts that stay inside."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings

ROOT = Path(__file__).parent.parent.parent
_OF_OTHERS = {"PGPASSWORD", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}
"""The environment of PostgreSQL and of its driver."""
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\bPGPASSWORD\b")
_NO_VARIABLES = {"NET_BIND_SERVICE"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def test_each_profile_has_its_services(compose: dict[str, Any]) -> None:
    """One container, or three equal ones behind a proxy."""
    services = compose["services"]
    profiles = {name: service["profiles"] for name, service in services.items()}
    assert {name for name, of in profiles.items() if of == ["sqlite"]} == {"sqlite"}
    assert {name for name, of in profiles.items() if of == ["scaled"]} == {"bot", "postgres", "s3", "proxy"}
    assert services["bot"]["deploy"] == {"replicas": 3}
    assert services["sqlite"]["environment"]["PUBLIC_URL"] == "", "without a port, nothing can call it"


def test_names_lead_somewhere(compose: dict[str, Any]) -> None:
    """Networks and volumes are declared, and dependencies that must be healthy have a health check."""
    for service in compose["services"].values():
        assert set(service.get("networks", [])) <= set(compose["networks"])
        named = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {name for name in named if not name.startswith("./")} <= set(compose["volumes"])
        assert all((ROOT / name).is_file() for name in named if name.startswith("./"))
        for name in service.get("depends_on", []):
            needs = service["depends_on"]
            other = compose["services"][name]
            assert isinstance(needs, list) or "healthcheck" in other


def test_only_the_proxy_is_public(compose: dict[str, Any]) -> None:
    """The stores are in a network without a way out, and no other port is open."""
    services, networks = compose["services"], compose["networks"]
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}
    inside = {name for name, network in networks.items() if network and network["internal"]}
    for name in ("postgres", "s3"):
        assert set(services[name]["networks"]) <= inside
    assert not set(services["proxy"]["networks"]) & set(services["postgres"]["networks"])


def test_images_are_pinned_and_secrets_are_elsewhere(compose: dict[str, Any]) -> None:
    """A tag is a version; passwords and keys come from .env."""
    for service in compose["services"].values():
        _, _, tag = service["image"].partition(":")
        assert tag == "local" or re.match(r"\d+\.\d+", tag)
        for name, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|KEY|TOKEN|SECRET", name) or re.fullmatch(r"\$\{\w+:-\}", value)


@pytest.mark.parametrize("file", ["compose.yaml", "Caddyfile", "docs/kubernetes.md", "docs/scale.md"])
def test_variables_are_settings(file: str) -> None:
    """A variable that the bot doesn't know would be ignored silently."""
    names = set(_VARIABLE.findall((ROOT / file).read_text())) - _NO_VARIABLES
    assert names - _OF_OTHERS <= {name.upper() for name in Settings.model_fields}


def _manifests() -> list[Any]:
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return list(yaml.safe_load_all("---\n".join(blocks)))


def test_the_kubernetes_example_fits_together() -> None:
    """Selectors find the pods, ports and secrets have their names, and probes ask paths that exist."""
    by_kind = {manifest["kind"]: manifest for manifest in _manifests()}
    assert set(by_kind) == {"Secret", "Deployment", "Service", "PodDisruptionBudget"}
    spec = by_kind["Deployment"]["spec"]
    labels, (container,) = spec["template"]["metadata"]["labels"], spec["template"]["spec"]["containers"]
    assert labels == spec["selector"]["matchLabels"] == by_kind["Service"]["spec"]["selector"]
    assert labels == by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    assert spec["replicas"] == 3
    assert container["envFrom"][0]["secretRef"]["name"] == by_kind["Secret"]["metadata"]["name"]
    assert by_kind["Service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    volumes = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
