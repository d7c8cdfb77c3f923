"""Bugs that torture runs found, each as a quick test."""

from sandbox.faults import Fault
from tests.e2e.kit import ADA, Studio, picture, until, words_of


async def test_flood_control_at_the_start_is_waited_for(idle: Studio) -> None:
    """If Telegram asks the bot to wait while it starts, the bot starts a little later instead of exiting."""
    idle.faults.add(Fault("telegram", "getMe", "retry_after", 1), Fault("telegram", "setWebhook", "http", 502))
    await idle.start()
    await idle.picture(await idle.say("a red fox"))


async def test_the_person_hears_of_an_uncertain_order_though_telegram_was_down(studio: Studio) -> None:
    """If telling the requester about an uncertain job fails, the bot tells them after its next start at the latest."""
    studio.faults.add(Fault("image", "generate", "drop"), Fault("telegram", "sendMessage", "http", 502, times=None))
    asked = await studio.say("a red fox")
    await studio.in_state("uncertain")
    await until(lambda: len(studio.world.log.of("sendMessage")) >= 2)  # the placeholder and the notice
    await studio.heard_everything()
    studio.faults.clear()
    await studio.restart()
    await studio.answer(asked, "got no confirmation")


async def test_an_upload_that_fails_at_the_service_is_tried_again(studio: Studio) -> None:
    """A server error during an upload doesn't fail the job, because uploads cost nothing."""
    studio.faults.add(Fault("image", "upload", "code", 500))
    await studio.picture(await studio.say("make it night", files=[("a.png", picture(), False)]))


async def test_an_album_gets_its_words_though_telegram_failed(studio: Studio) -> None:
    """The placeholder becomes the album's caption even if editing fails at first, and the album isn't sent again."""
    studio.faults.add(Fault("telegram", "editMessageText", "http", 502, times=2))
    asked = await studio.say("/imagine a red fox --n 2")
    caption = await studio.answer(asked, "a red fox")
    assert words_of(caption).startswith("a red fox")
    assert sum("photo" in message for message in studio.from_bot(ADA)) == 2
