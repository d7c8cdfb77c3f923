/** Round faces: initials on a colour that stays with its owner. */

import { initials, userName } from "../format.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

const TINTS = 7;

export const tint = (id) => `tint-${Math.abs(Number(id) || 0) % TINTS}`;

const face = (id, content) => el("span", { class: `avatar ${tint(id)}`, "aria-hidden": "true" }, content);

export const personAvatar = (person) =>
  face(person.id, person.is_bot ? icon("picture", 24) : initials(userName(person)));

/** A private chat wears the bot's face, as it does on a person's telephone. */
export const chatAvatar = (chat, bot) =>
  chat.type === "private" ? personAvatar(bot) : face(chat.id, initials(chat.title ?? "?"));

export const chatTitle = (chat, bot) => (chat.type === "private" ? userName(bot) : (chat.title ?? "Group"));
