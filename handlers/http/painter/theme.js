/** The colours of the person's Telegram, as variables for the style sheet; where it names none, the sheet's own hold. */

const COLOUR = /^#[0-9a-f]{6}$/i;

const NAMES = {
  bg_color: "--bg",
  secondary_bg_color: "--ground",
  text_color: "--text",
  hint_color: "--hint",
  button_color: "--button",
  button_text_color: "--button-text",
  destructive_text_color: "--danger",
};

const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** How light a colour looks, from 0 to 255. */
function lightness(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function wear(params) {
  const root = document.documentElement;
  for (const [key, name] of Object.entries(NAMES)) {
    if (COLOUR.test(params[key])) root.style.setProperty(name, params[key]);
    else root.style.removeProperty(name);
  }
  const known = COLOUR.test(params.bg_color);
  const dark = known ? lightness(params.bg_color) < 128 : systemDark.matches;
  root.dataset.scheme = dark ? "dark" : "light";
}

export function followTheme(telegram) {
  wear(telegram.theme);
  const again = () => wear(telegram.theme);
  telegram.addEventListener("theme_changed", again);
  systemDark.addEventListener("change", again);
}
