"""The table of models: the package's own, and an operator's file on top, with errors that name the mistake."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_list import listed, readme_rows
from bot.model_table import ModelTableError, read_models
from core.models.image_model import FOUR_O, MaskPolarity, Protocol
from core.models.image_request import Size
from tests.unit.catalog import ROOT

EXAMPLES = re.findall(r"```toml\n(.*?)```", Path(ROOT, "docs", "models.md").read_text(encoding="utf-8"), re.DOTALL)


def _file(directory: Path, content: str | bytes) -> Path:
    file = directory / "models.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def _problems(directory: Path, content: str | bytes) -> list[str]:
    with pytest.raises(ModelTableError) as refused:
        read_models(file=_file(directory, content))
    return refused.value.problems


def test_prices_of_the_table() -> None:
    """The credits are those of the vendor's pages, in hundredths."""
    models = read_models().known
    assert [models["gpt"].price(key) for key in (None, "1K", "2K", "4K")] == [600, 600, 1000, 1600]
    assert [models["seedream"].price(key) for key in (None, "2K")] == [324, 324]
    assert models["draft"].price(None) == 80
    assert [models["upscale"].price(key) for key in ("2", "4")] == [1000, 2000]


def test_the_price_of_4o_is_the_setting() -> None:
    """CREDITS_PER_PICTURE counts for 4o alone."""
    models = read_models(four_o_price=555).known
    assert (models[FOUR_O].price(None), models["gpt"].price(None)) == (555, 600)


def test_masks_are_of_two_kinds() -> None:
    """4o changes the black part, and qwen the white one."""
    models = read_models().known
    assert models[FOUR_O].mask_polarity is MaskPolarity.BLACK
    assert models["qwen"].mask_polarity is MaskPolarity.WHITE


def test_an_operator_overrides_and_adds(tmp_path: Path) -> None:
    """The first example of the docs changes one price, and adds a model that is offered."""
    models = read_models(file=_file(tmp_path, EXAMPLES[0]))
    assert models.known["seedream"].price(None) == 410
    assert models.known["seedream"].max_pictures == 10
    assert models.named("Sketchy").ratios == (Size("1:1"), Size("16:9"))
    assert models.known["sketchy"].price("2K") == 350


def test_4o_moves_to_the_jobs_api(tmp_path: Path) -> None:
    """The second example of the docs makes a model of the jobs API of 4o."""
    model = read_models(file=_file(tmp_path, EXAMPLES[1])).known[FOUR_O]
    assert (model.protocol, model.edit_id, model.by_itself) == (Protocol.JOBS, "4o-image-api", False)


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    assert read_models(file=_file(tmp_path, b"\xef\xbb\xbf[draft]\ncredits = 1\n")).known["draft"].price(None) == 100


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[gpt\n", "models.toml"),
        (b"\xff\xfe", "UTF-8"),
        ("gpt = 3", "[gpt] must be a table"),
        ("[gpt]\ncredits = 6\n[gpt]\ncredits = 7", "gpt"),
        ("[gpt]\nprice = 6", "[gpt] price: is not a key"),
        ("[draft]\ncredits = -1", "[draft] credits"),
        ("[draft]\ncredits = 0.805", "[draft] credits"),
        ("[draft]\ncredits = nan", "[draft] credits"),
        ("[draft]\ncredits = inf", "[draft] credits"),
        ("[draft]\ncredits = {}", "[draft] credits"),
        ('[draft]\ncredits = { "8K" = 3 }', "8K"),
        ('[draft]\ncredits = "cheap"', "[draft] credits"),
        ('[Draft]\ntitle = "x"\ntext_id = "x"\ncredits = 1', "[Draft] name"),
        ('["two words"]\ntitle = "x"\ntext_id = "x"\ncredits = 1', "[two words] name"),
        ("[new]\ncredits = 1", "[new] title"),
        ('[new]\ntitle = "New"\ncredits = 1', "text_id or edit_id"),
        ('[new]\ntitle = "New"\ncredits = 1\ntext_id = "a b"', "[new] text_id"),
        ('[new]\ntitle = "New"\ncredits = 1\ntext_id = "a"\nedit_id = "a"', "belong together"),
        ('[draft]\nratios = ["0:1"]', "[draft] ratios"),
        ('[draft]\nratios = ["wide"]', "[draft] ratios"),
        ("[draft]\nratios = []", "ratio_required needs ratios"),
        ('[gpt]\nresolutions = ["huge"]', "[gpt] resolutions"),
        ('[draft]\nprotocol = "smoke signals"', "[draft] protocol"),
        ("[draft]\nmax_pictures = true", "[draft] max_pictures"),
        ("x = " + "[" * 2000, "models.toml"),
    ],
)
def test_a_broken_file_is_told_by_name(tmp_path: Path, content: str | bytes, told: str) -> None:
    """Each problem is a line that names the setting, the model and the key."""
    problems = _problems(tmp_path, content)
    assert any(told in line for line in problems), problems
    assert all(line.startswith("MODELS_FILE:") for line in problems)


def test_files_that_are_none(tmp_path: Path) -> None:
    """A missing file, a directory and an endless file are told."""
    for file in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(ModelTableError, match="can't be read"):
            read_models(file=file)
    with pytest.raises(ModelTableError, match="larger"):
        read_models(file=_file(tmp_path, "#" * 1_000_001))


@given(st.binary(max_size=200))
def test_no_content_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever stands in the file, it is read or refused."""
    with suppress(ModelTableError):
        read_models(file=_file(tmp_path_factory.mktemp("models"), content))


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"offered": ["gptt"]}, "MODELS: 'gptt'"),
        ({"offered": ["upscale", "cutout"]}, "MODELS: names no model"),
        ({"default": "banna"}, "DEFAULT_MODEL: 'banna'"),
        ({"default": "cutout"}, "DEFAULT_MODEL: cutout"),
        ({"default_edit": "draft"}, "DEFAULT_EDIT_MODEL: draft"),
        ({"default_mask": "gpt"}, "DEFAULT_MASK_MODEL: gpt"),
        ({"offered": ["4o"], "default_edit": "gpt"}, "DEFAULT_EDIT_MODEL: gpt is missing in MODELS"),
        ({"fallback": ["upscale"]}, "MODEL_FALLBACK: upscale"),
        ({"fallback": ["nobody"]}, "MODEL_FALLBACK: 'nobody'"),
    ],
)
def test_names_that_are_wrong(given_: dict[str, list[str]], told: str) -> None:
    """A name in a setting that isn't a model, or can't do its work, is told with the setting."""
    with pytest.raises(ModelTableError) as refused:
        read_models(**given_)  # type: ignore[arg-type]
    assert any(line.startswith(told) for line in refused.value.problems), refused.value.problems


def test_the_default_gives_way_to_what_is_offered() -> None:
    """If 4o isn't offered and no other default is set, the first offered painter paints."""
    assert read_models(offered=["upscale", "seedream", "gpt"]).standard.name == "seedream"


def test_the_readme_has_the_table() -> None:
    """The README's table is made of the models."""
    readme = Path(ROOT, "README.md").read_text(encoding="utf-8")
    assert all(row in readme for row in readme_rows(read_models()))


def test_the_list_names_roles() -> None:
    """`imagine-bot models` has a line for each model, with its role."""
    lines = listed(read_models(offered=["4o", "gpt"], default="gpt", fallback=["4o", "seedream"]))
    assert len(lines) == 14
    row = {line.split()[0]: line for line in lines}
    assert "default" in row["gpt"]
    assert "fallback 1" in row["4o"]
    assert " no " in row["seedream"]
    assert all(line == line.rstrip() for line in lines)
