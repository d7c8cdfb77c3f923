"""A client as the vendor's quickstart teaches it: requests, no User-Agent of its own, the older field names.

Usage: python quickstart.py BASE_URL KEY INTERVAL_S PROMPT; prints one line of JSON.
"""

import json
import sys
import time
from typing import Any

import requests


class ImageClient:
    """A client that orders pictures and waits for them."""

    def __init__(self, base_url: str, key: str, interval_s: float) -> None:
        self.root = f"{base_url}/api/v1/gpt4o-image"
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.interval_s = interval_s

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Post JSON and return the answer's data."""
        response = requests.post(f"{self.root}/{path}", headers=self.headers, json=body, timeout=30)
        answer = response.json()
        if not response.ok or answer.get("code") != 200:
            raise RuntimeError(f"{path}: {answer.get('msg', response.status_code)}")
        return answer["data"]

    def generate(self, **options: Any) -> str:
        """Submit a task and return its ID."""
        return str(self.post("generate", options)["taskId"])

    def finished(self, task_id: str, patience_s: float = 300) -> Any:
        """Poll until the task has an outcome, and return its response."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            response = requests.get(
                f"{self.root}/record-info", headers=self.headers, params={"taskId": task_id}, timeout=30
            )
            answer = response.json()
            if answer["code"] != 200:
                raise RuntimeError(f"record-info: {answer['msg']}")
            record = answer["data"]
            if record["successFlag"] == 1:
                return record["response"]
            if record["successFlag"] in {2, 3}:
                raise RuntimeError(record["errorMessage"] or "failed")
            float(record["progress"])
            time.sleep(self.interval_s)
        raise RuntimeError("out of patience")

    def download_url(self, image_url: str) -> str:
        """Return a link to download a result from."""
        return str(self.post("download-url", {"imageUrl": image_url})["downloadUrl"])


def _size_of(url: str) -> int:
    response = requests.get(url, timeout=30)
    response.raise_for_status()
    return len(response.content)


def _work(base_url: str, key: str, interval_s: str, prompt: str) -> dict[str, Any]:
    client = ImageClient(base_url, key, float(interval_s))
    first = client.generate(prompt=prompt, size="1:1", nVariants=2, isEnhance=True, enableFallback=True)
    painted = client.finished(first)["result_urls"]
    links = [client.download_url(url) for url in painted]
    second = client.generate(filesUrl=[painted[0]], prompt="make it night", size="3:2")
    third = client.generate(filesUrl=[links[1]], prompt="make it snow", size="2:3")
    edited = [*client.finished(second)["result_urls"], *client.finished(third)["result_urls"]]
    return {"painted": painted, "links": links, "edited": edited, "sizes": [_size_of(url) for url in links + edited]}


if __name__ == "__main__":
    try:
        said = _work(*sys.argv[1:])
    except (requests.RequestException, RuntimeError) as problem:
        said = {"error": str(problem)}
    sys.stdout.write(json.dumps(said) + "\n")
