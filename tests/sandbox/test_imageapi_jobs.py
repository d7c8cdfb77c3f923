"""The sandbox's jobs API over real HTTP: each model's own fields, records, notifications, faults and the catalog."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from sandbox.faults import Fault
from sandbox.imageapi.callbacks import signature
from sandbox.imageapi.jobs import NOT_ALLOWED, NOT_PUBLISHED, REQUIRED, TOO_LONG
from sandbox.imageapi.models import BY_ID
from sandbox.imageapi.record import Task
from tests.sandbox.imageapi_kit import GENERATE, RECORD, Clock, Wire, listening, png, wire

CREATE, INFO, MODELS = "/api/v1/jobs/createTask", "/api/v1/jobs/recordInfo", "/api/v1/models"
FIELDS = ("files_url", "input_urls", "image_input", "image_urls", "image", "image_url")
RATIO, SQUARE = {"aspect_ratio": "1:1"}, {"size": "1:1"}
FLUX = {"aspect_ratio": "1:1", "resolution": "1K"}

PAINTERS: dict[str, tuple[dict[str, str], float]] = {
    "4o-image-api": (SQUARE, 6),
    "gpt-image-2-5-flare-text-to-image": ({}, 6),
    "gpt-image-2-5-sunburst-text-to-image": ({}, 6),
    "nano-banana-2": ({}, 8),
    "nano-banana-2-lite": (RATIO, 4),
    "nano-banana-pro": ({}, 18),
    "seedream/5-flash-text-to-image": (RATIO, 3.24),
    "flux-2/pro-text-to-image": (FLUX, 5),
    "qwen2-1/text-to-image": ({}, 4),
    "z-image": (RATIO, 0.8),
}
"""Id of a model that paints → the fields that it needs beside the prompt, and its credits."""
EDITORS: dict[str, tuple[str, int, dict[str, str]]] = {
    "4o-image-api": ("files_url", 5, SQUARE),
    "gpt-image-2-5-flare-image-to-image": ("input_urls", 16, {}),
    "gpt-image-2-5-sunburst-image-to-image": ("input_urls", 16, {}),
    "nano-banana-2": ("image_input", 14, {}),
    "nano-banana-2-lite": ("image_urls", 10, RATIO),
    "nano-banana-pro": ("image_input", 8, {}),
    "seedream/5-flash-image-to-image": ("image_urls", 10, RATIO),
    "flux-2/pro-image-to-image": ("input_urls", 8, FLUX),
    "qwen2-1/image-to-image": ("image_urls", 10, {}),
}
"""Id of a model that edits → its field for pictures, how many of them, and the fields that it needs."""
TOOLS = {"recraft/remove-background": "image", "recraft/crisp-upscale": "image", "topaz/image-upscale": "image_url"}
"""Id of a tool → its field for the picture."""
CHOICES: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
    ("4o-image-api", "size", ("1:1", "3:2", "2:3"), ("16:9", "1K", "auto")),
    ("gpt-image-2-5-flare-text-to-image", "aspect_ratio", ("auto", "21:9", "4:3"), ("4:5", "9:21", "1 : 1", "AUTO")),
    ("gpt-image-2-5-sunburst-text-to-image", "resolution", ("1K", "2K", "4K"), ("1.5K", "4k", "8K")),
    ("gpt-image-2-5-flare-text-to-image", "background", ("transparent", "opaque", "auto"), ("none", "Transparent")),
    ("nano-banana-2", "aspect_ratio", ("auto", "4:5", "5:4"), ("9:21", "1:2")),
    ("nano-banana-2", "output_format", ("jpg", "png"), ("jpeg", "webp")),
    ("nano-banana-pro", "resolution", ("1K", "2K", "4K"), ("1.5K",)),
    ("seedream/5-flash-text-to-image", "size", ("1K", "1.5K", "2K"), ("4K", "1:1")),
    ("seedream/5-flash-text-to-image", "aspect_ratio", ("21:9", "2:3"), ("auto", "4:5")),
    ("flux-2/pro-text-to-image", "resolution", ("1K", "2K"), ("4K",)),
    ("flux-2/pro-text-to-image", "aspect_ratio", ("16:9", "3:2"), ("auto", "21:9")),
    ("qwen2-1/text-to-image", "aspect_ratio", ("9:21", "21:9"), ("auto", "4:5")),
    ("qwen2-1/text-to-image", "resolution", ("1K", "2K"), ("4K",)),
    ("z-image", "aspect_ratio", ("9:16", "3:4"), ("3:2", "auto")),
]
"""Model, field, values that it takes, and values of its neighbors that it refuses."""


def asked(model: str, **given: Any) -> dict[str, Any]:
    """Return a body of createTask."""
    return {"model": model, "input": given}


async def created(client: Wire, body: Any) -> Task:
    """Start a task that must be accepted, and wait for its outcome."""
    answer = await client.post(CREATE, body)
    assert answer["code"] == 200, answer
    assert answer["data"]["taskId"] == answer["data"]["recordId"]
    assert len(bytes.fromhex(answer["data"]["taskId"])) == 16
    task = client.api.tasks[answer["data"]["taskId"]]
    await task.finished.wait()
    return task


async def refused(client: Wire, body: Any, words: str, code: int = 500) -> None:
    """Check that a body is refused with words, and that it costs nothing."""
    answer = await client.post(CREATE, body)
    assert (answer["code"], answer["data"]) == (code, None), (body, answer)
    assert words in answer["msg"], answer
    assert client.api.total_charged == 0


def unlimited(**more: Any) -> Any:
    """Return a server without limits of calls."""
    return wire(limits=False, **more)


@pytest.mark.parametrize("model", PAINTERS)
async def test_a_painter_takes_its_own_fields_only(model: str) -> None:
    """A text model needs its prompt and its fields, charges its price, and refuses pictures and strange fields."""
    needed, price = PAINTERS[model]
    async with unlimited() as client:
        for missing in ("prompt", *needed):
            given = {"prompt": "a red fox", **needed}
            del given[missing]
            await refused(client, asked(model, **given), REQUIRED)
        for strange in set(FIELDS) - {EDITORS[model][0] if model in EDITORS else ""}:
            more = {strange: ["https://example.org/a.png"]}
            await refused(client, asked(model, prompt="a red fox", **needed, **more), NOT_ALLOWED)
        for strange in ("size", "aspect_ratio", "resolution", "nVariants", "isEnhance", "mask_url", "Prompt"):
            given = {"prompt": "a red fox", **needed}
            fields = {BY_ID[model].ratio, BY_ID[model].resolution}
            if strange not in fields:
                await refused(client, asked(model, **given, **{strange: "https://example.org/a.png"}), NOT_ALLOWED)
        task = await created(client, asked(model, prompt="a red fox", **needed))
        assert (task.error, task.charged, task.model, task.prompt, task.variants) == (
            None,
            price,
            model,
            "a red fox",
            1,
        )


@pytest.mark.parametrize("model", EDITORS)
async def test_an_editor_takes_its_own_field_for_pictures(model: str) -> None:
    """Pictures are in the model's own field, at most so many; all other fields for pictures are refused."""
    field, most, needed = EDITORS[model]
    async with unlimited() as client:
        url = await client.upload(png())
        given = {"prompt": "make it night", **needed}
        if model not in PAINTERS:
            await refused(client, asked(model, **given), REQUIRED)
        for strange in set(FIELDS) - {field}:
            await refused(client, asked(model, **given, **{field: [url], strange: [url]}), NOT_ALLOWED)
        for wrong in (
            [url] * (most + 1),
            url,
            [url, 7],
            [url, "no address"],
            ["https://example.org/a.gif"],
            {"0": url},
        ):
            answer = await client.post(CREATE, asked(model, **given, **{field: wrong}))
            assert (answer["code"], client.api.total_charged) == (500, 0), (wrong, answer)
        task = await created(client, asked(model, **given, **{field: [url] * most}))
        assert (task.error, task.inputs) == (None, [url] * most)


@pytest.mark.parametrize("model", TOOLS)
async def test_a_tool_takes_one_picture_and_no_words(model: str) -> None:
    """A tool's picture is one URL in its own field; it has no prompt."""
    more = {"upscale_factor": "2"} if "topaz" in model else {}
    async with unlimited() as client:
        url, field = await client.upload(png((300, 300))), TOOLS[model]
        await refused(client, asked(model, **more), REQUIRED)
        await refused(client, asked(model, **more, **{field: url}, prompt="larger"), NOT_ALLOWED)
        for strange in set(FIELDS) - {field}:
            await refused(client, asked(model, **more, **{field: url, strange: url}), NOT_ALLOWED)
        assert (await client.post(CREATE, asked(model, **more, **{field: [url]})))["code"] == 500
        assert (await created(client, asked(model, **more, **{field: url}))).error is None


async def test_topaz_wants_its_factor_as_a_word() -> None:
    """`upscale_factor` is "1", "2" or "4", and required."""
    async with unlimited() as client:
        url = await client.upload(png((300, 300)))
        await refused(client, asked("topaz/image-upscale", image_url=url), REQUIRED)
        for wrong in (2, "3", "8", "2x", True):
            await refused(client, asked("topaz/image-upscale", image_url=url, upscale_factor=wrong), NOT_ALLOWED)


@pytest.mark.parametrize(("model", "field", "right", "wrong"), CHOICES)
async def test_values_are_those_of_the_model(
    model: str, field: str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    """Only the model's own values are taken, as they are spelled."""
    async with unlimited() as client:
        given = {"prompt": "a red fox", **PAINTERS[model][0]}
        for value in (*wrong, 1, True, [right[0]], {}):
            await refused(client, asked(model, **(given | {field: value})), NOT_ALLOWED)
        for value in right:
            assert (await created(client, asked(model, **(given | {field: value})))).error is None


@pytest.mark.parametrize("model", ["flux-2/pro-image-to-image", "qwen2-1/image-to-image"])
async def test_some_ratios_are_only_for_edits(model: str) -> None:
    """With a picture, these models take "auto", too."""
    async with unlimited() as client:
        field, _, needed = EDITORS[model]
        given = {"prompt": "at night", **needed, "aspect_ratio": "auto", field: [await client.upload(png())]}
        assert (await created(client, asked(model, **given))).error is None


async def test_a_mask_needs_exactly_one_picture() -> None:
    """`mask_url` is of qwen's edit model alone, and beside one picture."""
    async with unlimited() as client:
        url = await client.upload(png())
        given = {"prompt": "night", "mask_url": url}
        await refused(client, asked("qwen2-1/image-to-image", **given, image_urls=[url, url]), NOT_ALLOWED)
        await refused(client, asked("qwen2-1/text-to-image", **given), NOT_ALLOWED)
        await refused(client, asked("nano-banana-2", **given, image_input=[url]), NOT_ALLOWED)
        assert (await created(client, asked("qwen2-1/image-to-image", **given, image_urls=[url]))).error is None


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [("seedream/5-flash-text-to-image", 3, 5000), ("flux-2/pro-text-to-image", 3, 5000), ("z-image", 1, 1000)],
)
async def test_a_prompt_has_bounds(model: str, least: int, most: int) -> None:
    """A prompt that is too short is missing, and one that is too long is told so."""
    async with unlimited() as client:
        needed = PAINTERS[model][0]
        for wrong in ("x" * (least - 1), None, 7, ["a fox"]):
            await refused(client, asked(model, **needed, prompt=wrong), REQUIRED)
        await refused(client, asked(model, **needed, prompt="é" * (most + 1)), TOO_LONG)
        for right in ("é" * least, "🦊" * most):
            assert (await created(client, asked(model, **needed, prompt=right))).prompt == right


@pytest.mark.parametrize(
    "body",
    [
        [],
        "model",
        {},
        {"model": "z-image"},
        {"input": {}},
        {"model": 7, "input": {}},
        {"model": "z-image", "input": []},
    ],
)
async def test_a_body_of_another_form_is_refused(body: Any) -> None:
    """A body needs a model and its input."""
    async with wire() as client:
        await refused(client, body, REQUIRED, 422)


@pytest.mark.parametrize("model", ["z-image-2", "Z-Image", " z-image", "draft", "", "google/nano-banana-2"])
async def test_an_unknown_model_is_not_published(model: str) -> None:
    """Ids are exact: the names that the bot uses, other prefixes and capitals are unknown."""
    async with wire() as client:
        await refused(client, asked(model, prompt="a fox", **RATIO), NOT_PUBLISHED, 422)


async def test_a_model_can_be_taken_down() -> None:
    """An id in `gone` is refused until it is back, and its other id isn't."""
    async with wire() as client:
        client.api.change({"gone": ["qwen2-1/text-to-image"]})
        await refused(client, asked("qwen2-1/text-to-image", prompt="a fox"), NOT_PUBLISHED, 422)
        given = {"prompt": "night", "image_urls": [await client.upload(png())]}
        assert (await created(client, asked("qwen2-1/image-to-image", **given))).error is None
        client.api.change({"gone": []})
        assert (await created(client, asked("qwen2-1/text-to-image", prompt="a fox"))).error is None


async def test_a_price_can_change() -> None:
    """A price in `price_changes` is charged, and too few credits are code 402."""
    async with wire(credits=20.0) as client:
        client.api.change({"price_changes": {"z-image": 12.5}})
        body = asked("z-image", prompt="a fox", **RATIO)
        assert (await created(client, body)).charged == 12.5
        answer = await client.post(CREATE, body)
        assert (answer["code"], client.api.credits) == (402, 7.5)


async def test_the_record_of_a_task_on_its_way() -> None:
    """The state goes from waiting over queuing to generating, with the credits, and without a result or a progress."""
    clock = Clock()
    async with wire(clock=clock, duration_s=60.0) as client:
        body = {**asked("z-image", prompt="a fox", **RATIO), "callBackUrl": "https://example.org/hook"}
        task_id = (await client.post(CREATE, body))["data"]["taskId"]
        states = []
        for _ in range(3):
            record = (await client.get(INFO, taskId=task_id))["data"]
            states.append(record["state"])
            assert (record["resultJson"], record["failCode"], record["successFlag"]) == ("", None, 0)
            assert (record["creditsConsumed"], record["completeTime"], record["response"]) == (0.8, None, None)
            assert json.loads(record["param"]) == json.loads(record["paramJson"]) == body
            assert "progress" not in record
            clock.now += 25
        assert states == ["waiting", "queuing", "generating"]


async def test_the_record_of_a_success() -> None:
    """Links are in `resultJson` and, in the new style, in `response`."""
    async with wire(clock=Clock()) as client:
        task = await created(client, asked("nano-banana-2", prompt="a fox"))
        record = (await client.get(INFO, taskId=task.id))["data"]
        assert json.loads(record["resultJson"]) == record["response"] == {"resultUrls": task.result_urls}
        assert (record["model"], record["state"], record["successFlag"]) == ("nano-banana-2", "success", 1)
        assert (record["createTime"], record["completeTime"], record["costTime"]) == (1_760_000_000_000,) * 2 + (0,)
        client.api.change({"wire": "old"})
        record = (await client.get(INFO, taskId=task.id))["data"]
        assert json.loads(record["resultJson"]) == {"resultUrls": task.result_urls}
        assert not {"response", "successFlag"} & set(record)


async def test_the_record_of_a_failure() -> None:
    """A failure has a code as text, words, and no credits."""
    async with wire() as client:
        task = await created(client, asked("nano-banana-2", prompt="a forbidden fox"))
        record = (await client.get(INFO, taskId=task.id))["data"]
        assert (record["state"], record["failCode"], record["creditsConsumed"]) == ("fail", "400", 0.0)
        assert "content policies" in record["failMsg"]
        assert (record["resultJson"], client.api.total_charged) == (None, 0)


@pytest.mark.parametrize(("style", "told"), [("new", (422, "The record does not exist")), ("old", (200, "success"))])
async def test_the_protocols_do_not_know_each_other_s_tasks(style: Any, told: tuple[int, str]) -> None:
    """A task of one protocol, or of none, is unknown to the other, in the other's own words."""
    async with wire(wire=style) as client:
        job = await created(client, asked("z-image", prompt="a fox", **RATIO))
        for task_id in (job.id, "unknown"):
            answer = await client.get(RECORD, taskId=task_id)
            assert ((answer["code"], answer["msg"]), answer["data"]) == (told, None)
        for task_id in ((await client.finished()).id, "unknown"):
            answer = await client.get(INFO, taskId=task_id)
            assert (answer["code"], answer["msg"], answer["data"]) == (422, "recordInfo is null", None)
        assert (await client.get(INFO))["code"] == 422


async def test_both_protocols_share_log_limits_and_faults() -> None:
    """Calls of both have the same names in the log and for faults, and count as one for the limits."""
    async with wire(clock=Clock()) as client:
        client.api.faults.add(
            Fault("image", "generate", "code", "455:maintenance"), Fault("image", "record-info", "code", 501)
        )
        body = asked("z-image", prompt="a fox", **RATIO)
        assert (await client.post(CREATE, body))["code"] == 455
        task = await created(client, body)
        assert (await client.get(INFO, taskId=task.id))["code"] == 501
        assert [call.method for call in client.api.requests] == ["generate", "generate", "record-info"]
        assert client.api.requests[-1].params == {"taskId": task.id, "protocol": "jobs"}
        assert client.api.requests[1].params["protocol"] == "jobs"
        assert client.api.generated == [body]
        for _ in range(19):
            await client.generate()
        for path, other in ((CREATE, body), (GENERATE, {"size": "1:1", "prompt": "a fox"})):
            assert (await client.post(path, other))["code"] == 429


async def test_a_record_may_be_asked_for_three_times_a_second() -> None:
    """The fourth query of a task within a second is code 429, and other tasks aren't concerned."""
    async with wire(clock=Clock()) as client:
        one, other = [await created(client, asked("nano-banana-2", prompt="a fox")) for _ in range(2)]
        assert [(await client.get(INFO, taskId=one.id))["code"] for _ in range(4)] == [200, 200, 200, 429]
        assert (await client.get(INFO, taskId=other.id))["code"] == 200


@pytest.mark.parametrize(("prompt", "code", "state"), [("a fox", 200, "success"), ("a forbidden fox", 501, "fail")])
async def test_the_notification_is_the_record(prompt: str, code: int, state: str) -> None:
    """The body of a notification has the record in `data`, and its signature is over the task's id."""
    async with wire(clock=Clock(), webhook_key="secret") as client, listening() as listener:
        task = await created(client, {**asked("z-image", prompt=prompt, **RATIO), "callBackUrl": listener.url})
        await task.told.wait()
        ((headers, heard),) = listener.heard
        assert (heard["code"], heard["data"]["state"]) == (code, state)
        assert heard["data"] == (await client.get(INFO, taskId=task.id))["data"]
        assert headers["X-Webhook-Signature"] == signature("secret", task.id, 1_760_000_000)


@pytest.mark.parametrize(
    ("kinds", "count"), [(["double"], 2), (["lose"], 0), (["early"], 1), (["early", "double"], 2), ([], 1)]
)
async def test_faults_of_notifications(kinds: list[Any], count: int) -> None:
    """Notifications of jobs can be lost, doubled and early."""
    async with wire() as client, listening() as listener:
        client.api.faults.add(*(Fault("callback", "*", kind) for kind in kinds))
        answer = await client.post(CREATE, {**asked("z-image", prompt="a fox", **RATIO), "callBackUrl": listener.url})
        if "early" in kinds:
            assert len(listener.heard) == count
        await client.api.tasks[answer["data"]["taskId"]].told.wait()
        assert len(listener.heard) == count


async def test_links_can_come_later() -> None:
    """With a fault of the kind "linkless", a success names no links for so many seconds, then as usual."""
    clock = Clock()
    async with wire(clock=clock) as client:
        client.api.faults.add(Fault("image", "task", "linkless", 30))
        task = await created(client, asked("nano-banana-2", prompt="a fox"))
        for wait, links in ((0, None), (29, None), (1, {"resultUrls": task.result_urls})):
            clock.now += wait
            record = (await client.get(INFO, taskId=task.id))["data"]
            assert (record["state"], record["response"], bool(record["resultJson"])) == ("success", links, bool(links))


async def test_a_record_can_name_another_model() -> None:
    """With a fault of the kind "model", the record names it, and the task is charged as it was asked."""
    async with wire() as client:
        client.api.faults.add(Fault("image", "task", "model", "nano-banana-pro"))
        task = await created(client, asked("nano-banana-2", prompt="a fox"))
        assert (await client.get(INFO, taskId=task.id))["data"]["model"] == "nano-banana-pro"
        assert (task.model, task.charged) == ("nano-banana-2", 8)


@pytest.mark.parametrize(("value", "code"), [("400:flagged", "400"), (500, "500"), ("433:used up", "433")])
async def test_a_job_can_be_made_to_fail(value: Any, code: str) -> None:
    """A task with a fault fails later with the fault's code, and is refunded."""
    async with wire() as client:
        client.api.faults.add(Fault("image", "task", "code", value))
        task = await created(client, asked("nano-banana-2", prompt="a fox"))
        assert (await client.get(INFO, taskId=task.id))["data"]["failCode"] == code
        assert client.api.total_charged == 0


async def test_the_catalog_lists_what_is_published() -> None:
    """All ids are listed with a title, except those that are gone."""
    async with unlimited() as client:
        listed = (await client.get(MODELS))["data"]
        assert {item["model"] for item in listed} == {*PAINTERS, *EDITORS, *TOOLS}
        assert all(item["title"] for item in listed)
        client.api.gone = {"z-image"}
        assert "z-image" not in {item["model"] for item in (await client.get(MODELS))["data"]}
        for what in ("price", "schema"):
            for unknown in ("z-image", "z-image-2", "recraft", "recraft/"):
                assert (await client.get(f"{MODELS}/{unknown}/{what}"))["code"] == 404


@pytest.mark.parametrize("model", ["qwen2-1/text-to-image", "z-image", "topaz/image-upscale"])
async def test_the_catalog_has_prices(model: str) -> None:
    """A model's prices are listed by resolution, by an id as it is and by a quoted one, and follow the changes."""
    expected = {
        "qwen2-1/text-to-image": [("1K", 4.0), ("2K", 8.0)],
        "z-image": [(None, 0.8)],
        "topaz/image-upscale": [("1", 10.0), ("2", 10.0), ("4", 20.0)],
    }[model]
    async with unlimited() as client:
        for id_ in (model, quote(model, safe="")):
            url = f"{client.server.url}{MODELS}/{id_}/price"
            async with client.session.get(URL(url, encoded=True)) as answer:
                data = (await answer.json())["data"]
            assert data["model"] == model
            assert [(price["resolution"], price["credits"]) for price in data["prices"]] == expected
        client.api.price_changes = {model: 99}
        data = (await client.get(f"{MODELS}/{model}/price"))["data"]
        assert {price["credits"] for price in data["prices"]} == {99.0}


@pytest.mark.parametrize("model", [*PAINTERS, *EDITORS, *TOOLS])
async def test_the_catalog_describes_the_fields_that_are_taken(model: str) -> None:
    """An input of the first value of each required field is accepted."""
    async with unlimited() as client:
        url = await client.upload(png((300, 300)))
        schema = (await client.get(f"{MODELS}/{model}/schema"))["data"]["input"]
        given = {}
        for name in schema["required"]:
            field = schema["properties"][name]
            words = url if field.get("format") == "uri" else "a red fox"
            given[name] = [url] if field.get("type") == "array" else field.get("enum", [words])[0]
        assert (await created(client, asked(model, **given))).error is None
        pictures = set(schema["properties"]) & set(FIELDS)
        assert len(pictures) == (model in EDITORS or model in TOOLS)


async def test_the_catalog_is_asked_once_a_second() -> None:
    """A second call within a second is code 429, whichever part of the catalog it asks for."""
    clock = Clock()
    async with wire(clock=clock) as client:
        for path in (MODELS, f"{MODELS}/z-image/price", f"{MODELS}/qwen2-1/text-to-image/schema"):
            assert [(await client.get(path))["code"] for path in (path, MODELS)] == [200, 429]
            clock.now += 1
