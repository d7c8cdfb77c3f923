"""The texts of the mask painter's page, by the names that its scripts use."""

from core.text import Text, text

TEXTS: dict[str, Text] = {
    "title": text("Mask painter"),
    "hint": text("Paint over what should change"),
    "picture": text("The picture to paint on"),
    "actions": text("Actions"),
    "tools": text("Tools"),
    "brush": text("Brush"),
    "eraser": text("Eraser"),
    "lasso": text("Lasso"),
    "rectangle": text("Rectangle"),
    "size": text("Brush size"),
    "undo": text("Undo"),
    "redo": text("Redo"),
    "invert": text("Swap painted and unpainted"),
    "clear": text("Clear all"),
    "zoom_in": text("Zoom in"),
    "zoom_out": text("Zoom out"),
    "fit": text("Show the whole picture"),
    "prompt": text("What should appear there"),
    "prompt_placeholder": text("What should appear there?"),
    "send": text("Done"),
    "sending": text("Sending…"),
    "sent": text("Sent. Go on in the chat."),
    "close": text("Close"),
    "empty_mask": text("Nothing is painted yet. Paint over what should change."),
    "full_mask": text("Everything is painted. Leave the part unpainted that should stay."),
    "no_prompt": text("Write what should appear in the painted area."),
    "failed": text("That did not work. Check the connection and try again; nothing you painted is lost."),
    "retry": text("Try again"),
}
