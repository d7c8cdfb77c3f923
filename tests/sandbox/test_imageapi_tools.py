"""The tools do their work: a picture loses its background, or becomes larger, within the limits of the docs."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageStat

from sandbox.imageapi import tools
from sandbox.imageapi.art.scene import scene
from sandbox.imageapi.envelope import ApiError
from sandbox.imageapi.record import Task
from sandbox.imageapi.tools import cut_out, enlarge, enlarged, without_ground
from tests.sandbox.imageapi_kit import Wire, encoded, opened, png, wire

CREATE = "/api/v1/jobs/createTask"
CUTOUT, CRISP, TOPAZ = "recraft/remove-background", "recraft/crisp-upscale", "topaz/image-upscale"


def motif(size: tuple[int, int] = (400, 300), ground: str = "#dfe8f0") -> Image.Image:
    """Return a disk with a hole of the ground's color, in front of a plain ground."""
    image = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(image)
    pen.ellipse((size[0] * 0.25, size[1] * 0.15, size[0] * 0.75, size[1] * 0.85), fill="#b03030")
    pen.ellipse((size[0] * 0.4, size[1] * 0.35, size[0] * 0.6, size[1] * 0.65), fill=ground)
    return image


async def worked(client: Wire, model: str, body: bytes, name: str = "a.png", **more: Any) -> Task:
    """Order a tool's work, and return the finished task."""
    field = "image_url" if model == TOPAZ else "image"
    given = {field: await client.upload(body, name), **more}
    answer = await client.post(CREATE, {"model": model, "input": given})
    assert answer["code"] == 200, answer
    task = client.api.tasks[answer["data"]["taskId"]]
    await task.finished.wait()
    return task


async def result_of(client: Wire, task: Task) -> Image.Image:
    """Return the picture of a task that succeeded."""
    assert task.error is None, task.error
    return opened((await client.fetch(task.result_urls[0]))[1])


async def test_a_picture_loses_its_background() -> None:
    """The ground around the motif is transparent, and the motif and the hole that it encloses stay."""
    async with wire() as client:
        task = await worked(client, CUTOUT, encoded(motif()))
        image = await result_of(client, task)
        assert (task.charged, image.format, image.mode, image.size) == (1, "PNG", "RGBA", (400, 300))
    alpha = image.getchannel("A")
    assert [alpha.getpixel(spot) for spot in ((2, 2), (397, 2), (60, 150), (120, 150), (200, 150))] == [
        0,
        0,
        0,
        255,
        255,
    ]
    assert image.getpixel((120, 150)) == (0xB0, 0x30, 0x30, 255)


@pytest.mark.parametrize("ground", ["#ffffff", "#000000", "#40a060"])
def test_a_cutout_follows_the_outline(ground: str) -> None:
    """The motif keeps its size to one percent, without a fringe of the ground's color."""
    cut = without_ground(motif((1200, 900), ground))
    shares = cut.getchannel("A").point(lambda level: 255 if level > 127 else 0).histogram()
    assert shares[255] / sum(shares) == pytest.approx(3.1416 * 0.25 * 0.35, rel=0.01)


def test_a_shaded_background_with_snow_and_a_cloud_goes() -> None:
    """A sky that changes its color goes, and so do flakes of snow and a cloud that is small beside the motif."""
    sky = Image.linear_gradient("L").resize((640, 480))
    image = Image.merge("RGB", (sky, sky.point(lambda level: 128 + level // 2), Image.new("L", sky.size, 230)))
    pen = ImageDraw.Draw(image)
    for place in range(40):
        pen.ellipse(((x := place * 97 % 630), (y := place * 61 % 470), x + 4, y + 4), fill="white")
    pen.rectangle((270, 140, 370, 340), fill="#702018")
    pen.ellipse((450, 60, 520, 110), fill="#304050")
    alpha = without_ground(image).getchannel("A")
    assert alpha.crop((280, 150, 360, 330)).getextrema() == (255, 255)
    alpha.paste(0, (260, 130, 380, 350))
    assert ImageStat.Stat(alpha).mean[0] < 2


@pytest.mark.parametrize("prompt", ["a red fox in the snow", "a house by the sea", "two cats", "glorpy zint"])
def test_something_of_every_drawing_is_left(prompt: str) -> None:
    """A cutout of the sandbox's own pictures keeps a part, and not all."""
    shares = without_ground(scene(prompt, (384, 256), "0")).getchannel("A").histogram()
    assert 0.01 < shares[255] / sum(shares) < 0.6


@pytest.mark.parametrize("color", ["white", "black", "#607d8b"])
def test_a_plain_picture_gives_an_oval(color: str) -> None:
    """Where nothing stands before the ground, an oval of it is left rather than nothing."""
    alpha = without_ground(Image.new("RGB", (300, 400), color)).getchannel("A")
    assert (alpha.getpixel((0, 0)), alpha.getpixel((150, 200))) == (0, 255)


def test_what_was_transparent_stays_transparent() -> None:
    """A hole in the picture's own transparency is one in the cutout, too."""
    image = motif().convert("RGBA")
    image.paste((0, 0, 0, 0), (110, 140, 130, 160))
    assert opened(cut_out(encoded(image))).getchannel("A").getpixel((120, 150)) == 0


@pytest.mark.parametrize(
    ("size", "is_fit"),
    [((256, 256), True), ((255, 600), False), ((4096, 300), True), ((4097, 300), False), ((4000, 4000), True),
     ((4096, 4000), False)],
)  # fmt: skip
def test_a_cutout_has_limits_of_its_sides(size: tuple[int, int], is_fit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides of 256 to 4096 pixels and 16 megapixels are taken."""
    monkeypatch.setattr(tools, "without_ground", lambda image: image.crop((0, 0, 1, 1)))
    body = encoded(Image.new("L", size))
    if is_fit:
        assert cut_out(body)
    else:
        with pytest.raises(ApiError, match="between 256 and 4096"):
            cut_out(body)


@pytest.mark.parametrize(
    ("model", "most"), [(CUTOUT, 5 * 1024 * 1024), (CRISP, 10 * 1024 * 1024), (TOPAZ, 10 * 1024 * 1024)]
)
async def test_too_large_a_file_fails_the_task_for_free(model: str, most: int) -> None:
    """A file beyond the tool's limit is accepted, then fails, and nothing is charged."""
    more = {"upscale_factor": "2"} if model == TOPAZ else {}
    picture = encoded(motif())
    async with wire() as client:
        task = await worked(client, model, picture + b"\0" * (most + 1 - len(picture)), **more)
        assert task.error is not None
        assert task.error.message == f"Image size exceeds maximum of {most} bytes"
        record = (await client.get("/api/v1/jobs/recordInfo", taskId=task.id))["data"]
        assert (record["state"], record["creditsConsumed"], client.api.total_charged) == ("fail", 0.0, 0)
        assert (await worked(client, model, picture + b"\0" * (most - len(picture)), **more)).error is None


@pytest.mark.parametrize(
    ("model", "more", "factor", "price"),
    [(CRISP, {}, 2, 0.5), (TOPAZ, {"upscale_factor": "1"}, 1, 10), (TOPAZ, {"upscale_factor": "2"}, 2, 10),
     (TOPAZ, {"upscale_factor": "4"}, 4, 20)],
)  # fmt: skip
async def test_a_picture_becomes_larger(model: str, more: dict[str, str], factor: int, price: float) -> None:
    """The sides grow by the factor, the colors stay, and the charge is that of the factor."""
    picture = motif((120, 90))
    async with wire() as client:
        task = await worked(client, model, encoded(picture), **more)
        image = await result_of(client, task)
    assert (task.charged, image.mode, image.size) == (price, "RGB", (120 * factor, 90 * factor))
    again = image.resize(picture.size, Image.Resampling.BOX)
    for one, other in zip(ImageStat.Stat(again).mean, ImageStat.Stat(picture).mean, strict=True):
        assert one == pytest.approx(other, abs=2)


def test_an_enlarged_picture_is_crisper() -> None:
    """An edge is steeper than without the sharpening."""
    picture = motif((120, 90))
    crisp, plain = opened(enlarge(encoded(picture), 2)), picture.resize((240, 180), Image.Resampling.LANCZOS)
    steps = [image.convert("L").crop((40, 90, 80, 91)).tobytes() for image in (crisp, plain)]
    assert max(steps[0]) - min(steps[0]) > max(steps[1]) - min(steps[1])


def test_transparency_and_orientation_outlive_the_enlargement() -> None:
    """A transparent picture stays transparent, and a photo is turned as its EXIF data says."""
    clear = Image.new("RGBA", (40, 20), (200, 30, 30, 0))
    assert opened(enlarge(encoded(clear), 2)).getchannel("A").getextrema() == (0, 0)
    turned = Image.Exif()
    turned[0x0112] = 6
    assert opened(enlarge(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=turned), 2)).size == (40, 80)


@pytest.mark.parametrize(
    ("size", "most"), [((3000, 10), (8192, 27)), ((4096, 1), (8192, 2)), ((9000, 9), (9000, 9)), ((3000, 3000), None)]
)
def test_a_result_has_a_bound(size: tuple[int, int], most: tuple[int, int] | None) -> None:
    """Beyond 8192 pixels a side, or 32 megapixels, a picture becomes less large."""
    result = enlarged(Image.new("L", size), 4)
    assert result.size == most if most else result.width * result.height == pytest.approx(2**25, rel=0.001)


@pytest.mark.parametrize("model", [CUTOUT, CRISP])
async def test_what_is_no_picture_fails_the_task(model: str) -> None:
    """A broken picture fails with the vendor's message."""
    async with wire() as client:
        task = await worked(client, model, png()[:60])
        assert task.error is not None
        assert "invalid_image_format" in task.error.message


async def test_a_tool_reads_every_format() -> None:
    """JPEG and WebP pictures are taken."""
    async with wire() as client:
        for form in ("JPEG", "WEBP"):
            out = BytesIO()
            motif().save(out, form)
            image = await result_of(client, await worked(client, CUTOUT, out.getvalue(), f"a.{form.lower()}"))
            assert image.mode == "RGBA"
