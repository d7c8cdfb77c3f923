/** Pictures, mosaics of them, stickers, and rows for everything that is a file. */

import { fileUrl } from "../api.js";
import * as format from "../format.js";
import { button, el } from "./dom.js";
import { icon } from "./icons.js";
import { rows } from "./mosaic.js";

const SHOWABLE = /^image\/(png|jpe?g|webp|gif|bmp|svg\+xml|avif)$/;
const WIDEST = 430;
const TALLEST = 430;
const NARROWEST = 170;

/** The sizes of a message's photo, small to large. */
const sizes = (message) => [...message.photo].sort((a, b) => a.width * a.height - b.width * b.height);

const ratio = ({ width, height }) => (width && height ? width / height : 1);

function image(message, shownWidth) {
  const all = sizes(message);
  const largest = all.at(-1);
  const img = el("img", {
    src: largest.local ?? fileUrl(largest.file_id),
    srcset: largest.local ? null : all.map((size) => `${fileUrl(size.file_id)} ${size.width}w`).join(", "),
    sizes: `${Math.round(shownWidth)}px`,
    width: largest.width,
    height: largest.height,
    alt: message.caption || "Photo",
    decoding: "async",
    draggable: "false",
    // Not the file alone: two messages of an album may show the same one, and each needs its own element.
    dataset: { key: `${message.message_id}/${largest.file_unique_id ?? largest.local}` },
  });
  img.addEventListener("error", () => img.closest(".photo")?.classList.add("broken"));
  return img;
}

/** A picture that opens large. Its box has its size before its bytes arrive, so nothing jumps. */
function photo(message, shownWidth, style, hooks) {
  const label = `${message.caption ? `Photo: ${message.caption}` : "Photo"}, open large`;
  const open = (event) => {
    const veil = event.currentTarget;
    if (veil.classList.contains("veiled")) veil.classList.remove("veiled");
    else hooks.openPhoto(message);
  };
  const classes = message.has_media_spoiler ? "photo veiled" : "photo";
  const data = { testid: "photo", photoOf: message.message_id };
  return button({ class: classes, style, "aria-label": label, dataset: data, onclick: open }, image(message, shownWidth));
}

export function singlePhoto(message, hooks) {
  const shape = Math.min(Math.max(ratio(sizes(message).at(-1)), 0.4), 2.8);
  const own = sizes(message).at(-1).width || WIDEST;
  const width = Math.max(Math.min(WIDEST, TALLEST * shape, Math.max(own, NARROWEST)), NARROWEST);
  const box = el("div", { class: "media", style: { "--media-width": `${Math.round(width)}px` } });
  box.append(photo(message, width, { "aspect-ratio": `${shape}` }, hooks));
  return box;
}

/** Pictures in rows that fill the bubble edge to edge. */
export function mosaic(messages, hooks) {
  const shapes = messages.map((message) => ratio(sizes(message).at(-1)));
  const box = el("div", { class: "media mosaic", style: { "--media-width": `${WIDEST}px` } });
  for (const row of rows(shapes)) {
    const line = el("div", { class: "mosaic-row", style: { "aspect-ratio": `${row.shape}` } });
    for (const { index, weight } of row.cells) {
      line.append(photo(messages[index], (WIDEST * weight) / row.weight, { "flex-grow": `${weight * 10}` }, hooks));
    }
    box.append(line);
  }
  return box;
}

export function sticker(message) {
  const { file_id: id, local, emoji, is_animated: vector, is_video: film, width, height } = message.sticker;
  if (vector || film) return el("div", { class: "sticker big-emoji" }, emoji || "🏷️");
  const shape = { "aspect-ratio": `${width || 1} / ${height || 1}` };
  return el("div", { class: "sticker", style: shape }, el("img", { src: local ?? fileUrl(id), alt: `${emoji ?? ""} sticker` }));
}

/** Asks again for what could not be had while the connection was gone. */
export function retryPictures() {
  for (const img of document.querySelectorAll("img")) {
    if (!img.complete || img.naturalWidth || !img.src) continue;
    img.closest(".photo")?.classList.remove("broken");
    img.src = img.getAttribute("src");
  }
}

const FILES = ["document", "animation", "video", "audio", "voice", "video_note"];

/** Whatever of a message is a file to take away, with the name its kind has. */
export function fileOf(message) {
  const kind = FILES.find((name) => message[name]);
  return kind ? { kind, ...message[kind] } : null;
}

export const isPicture = (file) => SHOWABLE.test(file.mime_type ?? "");

export function fileRow(message, hooks) {
  const file = fileOf(message);
  const name = file.file_name || format.kind(message);
  const facts = [format.size(file.file_size), extension(name)].filter(Boolean).join(" · ");
  const words = el("span", { class: "file-words" }, el("bdi", { class: "file-name" }, name), el("small", {}, facts));
  const href = file.local ?? fileUrl(file.file_id, name);
  const away = el("a", { class: "file-link", href, download: name, dataset: { testid: "document" } }, words);
  away.setAttribute("aria-label", `Download ${name}, ${facts}`);
  return el("div", { class: "file" }, cover(message, file, name, hooks), away);
}

function cover(message, file, name, hooks) {
  const thumb = file.thumbnail ?? file.thumb;
  const look = file.local && isPicture(file) ? file.local : thumb && fileUrl(thumb.file_id);
  if (look && isPicture(file)) {
    const face = el("img", { src: look, alt: "", draggable: "false", dataset: { key: `cover-${message.message_id}/${file.file_unique_id}` } });
    return button({ class: "file-cover", "aria-label": `Open ${name}`, onclick: () => hooks.openPhoto(message) }, face);
  }
  const href = file.local ?? fileUrl(file.file_id, name);
  return el("a", { class: "file-cover plain", href, download: name, tabindex: "-1", "aria-hidden": "true" }, icon("download"));
}

const extension = (name) => (name.includes(".") ? name.split(".").at(-1).toUpperCase().slice(0, 6) : "");

/** The address of a small view of the message's picture, if it has one. */
export function thumbUrl(message) {
  if (message.photo) {
    const all = sizes(message);
    return all[0].local ?? fileUrl((all.find((size) => size.width >= 60) ?? all[0]).file_id);
  }
  const file = fileOf(message);
  if (file?.thumbnail) return fileUrl(file.thumbnail.file_id);
  if (message.sticker && !message.sticker.is_animated && !message.sticker.is_video) return fileUrl(message.sticker.file_id);
  return null;
}

/** What the lightbox needs to show a message's picture in full. */
export function fullPicture(message) {
  if (message.photo) {
    const largest = sizes(message).at(-1);
    return { url: largest.local ?? fileUrl(largest.file_id), name: `picture-${message.message_id}.jpg` };
  }
  const file = fileOf(message);
  return file && isPicture(file) ? { url: file.local ?? fileUrl(file.file_id), name: file.file_name || "picture" } : null;
}
