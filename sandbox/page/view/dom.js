/** The one way elements are made here. Text always arrives as a text node, so no message can become markup. */

export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "style") Object.entries(value).forEach(([key, one]) => node.style.setProperty(key, one));
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const button = (props, ...children) => el("button", { type: "button", ...props }, ...children);

/**
 * Makes `parts` the children of `box`, leaving alone those that would look the same.
 *
 * An element that is replaced between a finger's coming down and its lifting never gets its click.
 */
export function show(box, parts) {
  const wanted = parts.filter(Boolean);
  const before = [...box.childNodes];
  if (before.length !== wanted.length) return box.replaceChildren(...wanted);
  before.forEach((old, at) => old.isEqualNode(wanted[at]) || old.replaceWith(wanted[at]));
}

export const byId = (id) => document.getElementById(id);

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const HARMLESS = new Set(["http:", "https:", "mailto:", "tel:"]);

/** An address a click may follow, or null: never `javascript:` and its kin. */
export function safeUrl(text) {
  for (const candidate of [text, `http://${text}`]) {
    const url = URL.parse ? URL.parse(candidate) : tryUrl(candidate);
    // "example.com:80/x" parses as a scheme with a dot in it; with http:// before it, it is an address again.
    if (url && !url.protocol.includes(".")) return HARMLESS.has(url.protocol) ? url.href : null;
  }
  return null;
}

function tryUrl(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Reads out what a sighted reader would notice by looking. */
export function announce(text) {
  const log = byId("announcer");
  log.append(el("p", {}, text));
  while (log.children.length > 20) log.firstChild.remove();
}
