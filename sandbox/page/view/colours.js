/** The page's colours as a Mini App wants to hear them: Telegram's names, and plain hex. */

const NAMES = {
  bg_color: "--panel",
  secondary_bg_color: "--panel-hover",
  section_bg_color: "--panel",
  header_bg_color: "--panel",
  bottom_bar_bg_color: "--panel",
  text_color: "--text",
  hint_color: "--quiet",
  subtitle_text_color: "--quiet",
  link_color: "--accent",
  accent_text_color: "--accent",
  section_header_text_color: "--accent",
  button_color: "--accent-strong",
  button_text_color: "--on-accent",
  destructive_text_color: "--danger",
  section_separator_color: "--line",
};

/** A variable may hold `light-dark(…)`; only a colour in use is one of the two. */
export function themeParams() {
  const probe = document.createElement("i");
  document.body.append(probe);
  const used = (name) => {
    probe.style.color = `var(${name})`;
    return hex(getComputedStyle(probe).color);
  };
  const params = Object.fromEntries(Object.entries(NAMES).map(([told, name]) => [told, used(name)]));
  probe.remove();
  return params;
}

function hex(colour) {
  const parts = colour.match(/[\d.]+/g).slice(0, 3);
  return `#${parts.map((part) => Math.round(Number(part)).toString(16).padStart(2, "0")).join("")}`;
}
