"""The strengths of the models in the table, in words that can be translated. The table has the same words."""

from core.text import Text, text

GOOD_AT: dict[str, Text] = {
    words.source: words
    for words in (
        text("Anything, several pictures at once, masks"),
        text("Text in pictures, exact wishes, no background"),
        text("The finest details, slowly"),
        text("People and scenes that stay the same, up to 10 pictures"),
        text("Quick changes of up to 10 pictures, cheap"),
        text("Difficult scenes, diagrams and text, up to 4K"),
        text("Good pictures for little"),
        text("Photographs, and colors as you name them"),
        text("Changing a part, long texts, Asian scripts"),
        text("Sketches for almost nothing, from words alone"),
        text("Two or four times larger"),
        text("Larger and crisper, for little"),
        text("Takes the background away"),
    )
}
