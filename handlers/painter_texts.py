"""What stands on the mask painter's page; the page asks for it in the person's language."""

from bot.domain.text import Text, text

TEXTS: dict[str, Text] = {
    "title": text("Paint what is to change"),
}
