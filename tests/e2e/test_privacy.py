"""The image API gets no more than it needs, above all neither the token nor a Telegram link."""

import re

from tests.e2e.kit import Studio, picture


async def test_no_link_of_telegrams_and_no_token_reaches_the_service(studio: Studio) -> None:
    """Pictures reach the image API as uploads, and no request contains a token, a Telegram path or a file name."""
    files = [("secret-holiday.jpg", picture((50, 40), form="JPEG"), True), ("me.png", picture((40, 40)), True)]
    asked = await studio.say("combine them", files=files)
    await studio.picture(asked)
    sent = str([call.to_json() for call in studio.images.requests]) + str(studio.images.generated)
    names = " ".join(studio.images.files.uploads)
    telegram = [call["params"]["file_id"] for call in studio.world.log.of("getFile")]
    assert len(telegram) == 2
    for secret in (
        studio.sandbox.token,
        studio.sandbox.token.split(":")[0],
        "/file/bot",
        "holiday",
        "me.png",
        *telegram,
    ):
        assert secret not in sent
        assert secret not in names
    for body in studio.images.generated:
        assert all(url.startswith(f"{studio.sandbox.url}/uploads/") for url in body["filesUrl"])


async def test_every_upload_has_a_name_of_its_own(studio: Studio) -> None:
    """Uploads have unique names, because equal names would overwrite each other."""
    for person in (studio.person(), studio.person()):
        await studio.picture(await studio.say("night", person, files=[("a.png", picture((person - 1990, 20)), True)]))
    names = [re.sub(r"^[0-9a-f]{12}-", "", name) for name in studio.images.files.uploads]
    assert len(set(names)) == len(names) == 2


async def test_nothing_personal_is_in_an_order(studio: Studio) -> None:
    """An order contains the prompt and the options, but not the requester."""
    await studio.picture(await studio.say("/imagine a red fox"))
    assert set(studio.images.generated[0]) == {"prompt", "size", "callBackUrl"}
    assert "1001" not in str(studio.images.generated[0])
