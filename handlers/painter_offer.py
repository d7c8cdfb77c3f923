"""The offer of the mask painter, and the ways to mark a part of a picture without it."""

from core.models.media import FoundPicture
from core.models.request_context import RequestContext
from core.text import text
from handlers.context import Services

HOW_TO = text(
    "🖌 <b>To change only a part of a picture:</b>\n"
    "• Open it, draw over the part with Telegram's own editor, and send it as a reply to the original, "
    "with what should happen there as the caption\n"
    "• or send two pictures as an album, the picture and its mask (black is what changes, white stays), "
    "with <code>/mask …</code> as the caption\n"
    "• or send a PNG file whose transparent part is to change, with <code>/mask …</code> as its caption\n\n"
    "In a group the caption of the first starts with <code>/mask</code>, too."
)
PAINT = text("🖌 Paint over what is to change, and say there what should happen.")


async def offer_painter(services: Services, request: RequestContext, found: FoundPicture, words: str) -> None:
    """Send a button that opens the mask painter; without a public address, explain the other ways."""
    to = request.address
    if services.keyboards.painter_link.button(to.chat_id, "") is None:
        await services.replies.explain(to, HOW_TO)
        return
    await services.permissions.admit_draft(request)
    draft = await services.mask_drafts.begin(to, request.requester_id, found.source, words, found.parent)
    button = services.keyboards.painter_link.button(to.chat_id, f"d{draft.id}")
    await services.messenger.send_text(to, PAINT, keyboard=((button,),) if button else ())
