"""The motifs that a prompt can name: their words, their colors and their places."""

from collections.abc import Iterator, Mapping

from sandbox.imageapi.art.motifs import Motif
from sandbox.imageapi.art.palette import hexed
from sandbox.imageapi.art.shapes import basics, beasts, buildings, growth, people, things, vehicles, winged


def _motif(
    words: str, lines: str, colour: str, home: str, size: float, board: tuple[float, float, float, float] | None = None
) -> Motif:
    return Motif(frozenset(words.split()), lines, hexed(colour), home, size, board)


MOTIFS: Mapping[str, Motif] = {
    "city": _motif("city town skyline metropolis downtown skyscraper street tokyo york london paris 🏙 🌃 🌆",
                   buildings.CITY, "#7d86a8", "far", 0.46),
    "castle": _motif("castle palace fortress 🏰 🏯", buildings.CASTLE, "#b9b2ad", "far", 0.42),
    "lighthouse": _motif("lighthouse", buildings.LIGHTHOUSE, "#d0453c", "far", 0.56),
    "house": _motif("house home cottage cabin hut barn village 🏠 🏡", basics.HOUSE, "#e6c9a3", "far", 0.28),
    "shop": _motif("café cafe shop store restaurant bakery bistro bar kiosk bookshop ☕️ 🏪", buildings.SHOP, "#7fb0a4",
                   "far", 0.5, (0, 0.805, 0.78, 0.12)),
    "sign": _motif("sign signboard billboard banner", buildings.SIGN, "#f3e7cc", "far", 0.42, (0, 0.62, 1.05, 0.36)),
    "pyramid": _motif("pyramid", buildings.PYRAMID, "#dcb877", "far", 0.36),
    "windmill": _motif("windmill mill", buildings.WINDMILL, "#e8dcc8", "far", 0.42),
    "tent": _motif("tent camp camping ⛺", buildings.TENT, "#d98a3d", "far", 0.26),
    "tree": _motif("tree oak 🌳", basics.TREE, "#5d9a55", "far", 0.5),
    "pine": _motif("pine fir 🌲 🎄", growth.PINE, "#3f7a5a", "far", 0.5),
    "palm": _motif("palm 🌴", growth.PALM, "#4c9a58", "far", 0.56),
    "door": _motif("door doorway gate 🚪", buildings.DOOR, "#8a5a3a", "wall", 0.72),
    "balloon": _motif("balloon zeppelin airship 🎈", basics.BALLOON, "#dd5f49", "air", 0.36),
    "plane": _motif("plane airplane aeroplane jet aircraft ✈", vehicles.PLANE, "#e8ecf2", "air", 0.34),
    "rocket": _motif("rocket spaceship spacecraft shuttle 🚀", vehicles.ROCKET, "#eef0f4", "orbit", 0.5),
    "ufo": _motif("ufo saucer 🛸", vehicles.UFO, "#8fa0b8", "orbit", 0.34),
    "bird": _motif("bird parrot sparrow eagle robin crow raven seagull pigeon 🐦 🦜 🦅", winged.BIRD, "#4f8fd0",
                   "front", 0.4),
    "butterfly": _motif("butterfly moth 🦋", winged.BUTTERFLY, "#ef8432", "air", 0.34),
    "boat": _motif("boat ship sailboat yacht ferry ⛵ 🚢", basics.BOAT, "#e07a55", "float", 0.36),
    "duck": _motif("duck duckling swan goose 🦆 🦢", winged.DUCK, "#f3c53c", "float", 0.26),
    "whale": _motif("whale dolphin shark 🐋 🐳 🐬 🦈", winged.WHALE, "#4f7fb0", "deep", 0.4),
    "fish": _motif("fish goldfish koi clownfish 🐟 🐠", winged.FISH, "#ef8432", "deep", 0.34),
    "octopus": _motif("octopus squid jellyfish 🐙", winged.OCTOPUS, "#c2557a", "deep", 0.46),
    "turtle": _motif("turtle tortoise 🐢", winged.TURTLE, "#5f9a62", "float", 0.5),
    "flower": _motif("flower rose tulip daisy blossom garden orchid sunflower 🌸 🌷 🌹 🌻 🌼", basics.FLOWER, "#ec7fa0",
                     "field", 0.3),
    "cat": _motif("cat kitten kitty 🐱 🐈", basics.CAT, "#e39a4e", "front", 0.42),
    "fox": _motif("fox vixen 🦊", basics.FOX, "#e0702c", "front", 0.44),
    "wolf": _motif("wolf husky wolves 🐺", basics.FOX, "#8d949e", "front", 0.44),
    "dog": _motif("dog puppy hound corgi labrador 🐶 🐕", beasts.DOG, "#c08a52", "front", 0.44),
    "rabbit": _motif("rabbit bunny hare 🐰 🐇", beasts.RABBIT, "#c9b8a8", "front", 0.4),
    "panda": _motif("panda 🐼", beasts.PANDA, "#f3f1ec", "front", 0.44),
    "bear": _motif("bear teddy koala 🐻 🧸", beasts.BEAR, "#9a6a42", "front", 0.44),
    "lion": _motif("lion tiger 🦁 🐯", beasts.LION, "#e0a850", "front", 0.44),
    "unicorn": _motif("unicorn 🦄", beasts.UNICORN, "#f3f1ec", "front", 0.4),
    "horse": _motif("horse pony deer donkey zebra 🐴 🐎 🦌", beasts.HORSE, "#9a6238", "front", 0.4),
    "elephant": _motif("elephant mammoth 🐘", beasts.ELEPHANT, "#8f9aa8", "front", 0.42),
    "cow": _motif("cow bull calf 🐄 🐮", beasts.COW, "#3a3338", "front", 0.38),
    "frog": _motif("frog toad 🐸", beasts.FROG, "#62a852", "front", 0.34),
    "dragon": _motif("dragon dinosaur 🐉 🐲 🦖", beasts.DRAGON, "#4f9a6a", "front", 0.5),
    "owl": _motif("owl 🦉", winged.OWL, "#9a7048", "front", 0.4),
    "penguin": _motif("penguin 🐧", winged.PENGUIN, "#2c3440", "front", 0.4),
    "snowman": _motif("snowman ⛄", people.SNOWMAN, "#d8402f", "front", 0.46),
    "fisher": _motif("fisherman fisher angler sailor", people.FISHER, "#3f6f8f", "front", 0.5),
    "wizard": _motif("wizard witch mage magician sorcerer 🧙", people.WIZARD, "#5a4aa0", "front", 0.44),
    "astronaut": _motif("astronaut cosmonaut spaceman ", people.ASTRONAUT, "#eef0f4", "orbit", 0.48),
    "robot": _motif("robot android cyborg mech 🤖", people.ROBOT, "#9fb2c4", "front", 0.48),
    "alien": _motif("alien martian 👽", people.ALIEN, "#8fc46a", "front", 0.46),
    "ghost": _motif("ghost spirit 👻", people.GHOST, "#f3f1ec", "front", 0.44),
    "portrait": _motif("portrait face selfie headshot avatar", people.PORTRAIT, "#4f6f9a", "bust", 0.86),
    "person": _motif("person man woman girl boy child kid people human dancer knight king queen princess prince "
                     "warrior chef doctor lady guy superhero children men women family couple",
                     people.PERSON, "#c8564a", "front", 0.5),
    "car": _motif("car taxi automobile truck van 🚗 🚕 🚙", vehicles.CAR, "#d8402f", "front", 0.38),
    "bus": _motif("bus coach tram 🚌", vehicles.BUS, "#e9a63a", "front", 0.36),
    "train": _motif("train locomotive railway 🚂 🚆", vehicles.TRAIN, "#3f6f5a", "front", 0.36),
    "bicycle": _motif("bicycle bike motorcycle motorbike 🚲", vehicles.BICYCLE, "#3f77c4", "front", 0.36),
    "mushroom": _motif("mushroom toadstool 🍄", growth.MUSHROOM, "#d0402f", "front", 0.36),
    "cactus": _motif("cactus 🌵", growth.CACTUS, "#5a9a5a", "front", 0.42),
    "pumpkin": _motif("pumpkin 🎃", growth.PUMPKIN, "#ef8432", "front", 0.36),
    "cup": _motif("cup mug coffee tea espresso cappuccino latte ☕ 🍵", things.CUP, "#e8e2d6", "table", 0.46),
    "glass": _motif("cocktail drink juice lemonade wine beer bottle 🍹 🍷 🍺", things.GLASS, "#ef9a4a", "table", 0.5),
    "cake": _motif("cake cupcake pie dessert muffin 🎂 🍰", things.CAKE, "#e8a0b4", "table", 0.48),
    "pizza": _motif("pizza 🍕", things.PIZZA, "#f2cf6a", "table", 0.44),
    "burger": _motif("burger hamburger sandwich 🍔", things.BURGER, "#d99a52", "table", 0.44),
    "bowl": _motif("bowl soup ramen noodle noodles salad food meal dish sushi pasta breakfast dinner 🍜 🍲 🍝",
                   things.BOWL, "#3f77a4", "table", 0.44),
    "fruit": _motif("apple fruit cherry tomato 🍎 🍏 🍊", things.FRUIT, "#d0402f", "table", 0.42),
    "bread": _motif("bread loaf baguette croissant 🍞 🥐", things.BREAD, "#c98a45", "table", 0.36),
    "book": _motif("book novel diary 📖 📚", things.BOOK, "#a8483c", "table", 0.4),
    "candle": _motif("candle 🕯", things.CANDLE, "#f3e7cc", "table", 0.46),
    "gift": _motif("gift present 🎁", things.GIFT, "#d8402f", "table", 0.42),
    "armchair": _motif("armchair chair sofa couch 🛋", things.ARMCHAIR, "#4f8a8a", "room", 0.46),
    "lamp": _motif("lamp 💡", things.LAMP, "#f3dca0", "room", 0.56),
    "shelf": _motif("shelf bookshelf bookcase", things.SHELF, "#6a4632", "room", 0.58),
    "umbrella": _motif("umbrella parasol ☂ 🌂", things.UMBRELLA, "#d8402f", "stage", 0.5),
    "guitar": _motif("guitar violin cello ukulele 🎸", things.GUITAR, "#c07a3a", "stage", 0.46),
    "crown": _motif("crown tiara 👑", things.CROWN, "#e9b64a", "stage", 0.42),
    "hat": _motif("hat cap sombrero 🎩", things.HAT, "#4a4a68", "stage", 0.34),
    "heart": _motif("heart ❤ 💖", things.HEART, "#d8402f", "stage", 0.52),
    "ball": _motif("ball football basketball ⚽ 🏀", things.BALL, "#ef8432", "stage", 0.42),
    "leaf": _motif("leaf 🍁 🍂 🍃", growth.LEAF, "#d98a3d", "stage", 0.5),
    "sun": _motif("sun ☀ 🌞", growth.SUN, "#ffd35a", "sky", 0.24),
    "moon": _motif("moon 🌙 🌕", growth.MOON, "#f7f1d2", "sky", 0.26),
    "planet": _motif("planet saturn jupiter mars 🪐", growth.PLANET, "#d99a6a", "sky", 0.34),
    "cloud": _motif("cloud ☁", growth.CLOUD, "#fbfaf6", "sky", 0.22),
    "star": _motif("⭐ 🌟", things.STAR, "#f3c53c", "sky", 0.24),
}  # fmt: skip


def _forms(word: str) -> Iterator[tuple[str, int]]:
    """Return a word and its plurals, each with the number of things that it means."""
    yield word, 1
    if word.isascii():
        plural = word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeo" else f"{word}s"
        yield (f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else plural), 3
        if word.endswith(("f", "fe")):
            yield word.rstrip("ef") + "ves", 3


NOUNS: Mapping[str, tuple[str, int]] = {
    form: (name, count) for name, motif in MOTIFS.items() for word in motif.words for form, count in _forms(word)
}
"""Word → the name of its motif and the number that the word implies."""
