/** Puts the page together: the store, the stream that feeds it, and the views that show it. */

import * as api from "./api.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { drawChatList } from "./view/chatlist.js";
import { Composer } from "./view/composer.js";
import { announce, byId } from "./view/dom.js";
import { watchDrops } from "./view/dropzone.js";
import { forcedReply } from "./view/forced.js";
import { drawHeader } from "./view/header.js";
import { Lightbox } from "./view/lightbox.js";
import { fullPicture, retryPictures } from "./view/media.js";
import { watchMessages } from "./view/menu.js";
import { MessagesView } from "./view/messages.js";
import { MiniApp } from "./view/miniapp.js";
import { copy, toast } from "./view/notices.js";
import { Pen } from "./view/pen.js";
import { watchTheme } from "./view/themes.js";

const store = new Store();
const outbox = new Outbox(store);
const pen = new Pen();
const miniApp = new MiniApp(store);
const lightbox = new Lightbox({ drawOn: (message) => hooks.drawOn(message) });
const wide = matchMedia("(min-width: 721px)");
const wantedOwner = Number(new URLSearchParams(location.search).get("person"));

const place = () => {
  const [, chat, thread] = /^#(-?\d+)(?:\/(\d+))?$/.exec(location.hash) ?? [];
  return { chatId: chat ? Number(chat) : null, threadId: thread ? Number(thread) : null };
};

const openChat = () => store.chats.get(store.openChatId);
const inGroup = () => openChat()?.type !== "private";

/** In a group a command names its bot, as Telegram's own applications write it. */
const fullCommand = (command) =>
  inGroup() && !command.includes("@") && store.bot.username ? `${command}@${store.bot.username}` : command;

const say = ({ text, files = [], asDocument = false, replyTo }) => {
  const { chatId, threadId } = place();
  messages.toBottom();
  return outbox.send({ chatId, threadId, personId: store.writer(chatId).id, text, files, asDocument, replyTo });
};

const hooks = {
  store,
  outbox,
  copy,
  jump: (messageId) => messages.jump(messageId),
  openPhoto: (message) => lightbox.open(messages.siblings(message), message),
  find: (messageId) => openChat()?.messages.get(messageId),
  thread: () => place().threadId,
  reply: (messageId) => {
    composer.setReply(hooks.find(messageId) ?? null);
    composer.focus();
  },
  say: (text) => {
    composer.write(text, wide.matches);
    composer.send(wide.matches);
  },
  command: (text) => say({ text: fullCommand(text) }),
  openApp: ({ chat, message_id: messageId }, url) =>
    miniApp.open({ chatId: chat.id, messageId, personId: store.writer(chat.id).id, url }),
  follow: (code) => {
    location.hash = `#${store.ownerId}`;
    return api.followLink(store.ownerId, code).catch((error) => toast(error.message));
  },
  drawOn: async (message) => {
    const { url, name } = fullPicture(message);
    const drawn = await pen.open(url, { name, words: true });
    if (drawn) say({ text: drawn.text, files: [drawn.file], replyTo: message.message_id });
  },
  mention: (text) => composer.insert(`${text} `),
};

const messages = new MessagesView(store, hooks);
const composer = new Composer({
  send: say,
  jump: hooks.jump,
  commands: () => store.commands,
  fullCommand,
  pen,
});

/** Shows what the address says: a chat, one topic of it, or (on a telephone) the list alone. */
function route() {
  const { chatId, threadId } = place();
  let chat = store.chats.get(chatId);
  if (!chat && wide.matches && store.chats.size) {
    chat = [...store.chats.values()][0];
    history.replaceState(null, "", `#${chat.id}`);
  }
  store.open(chat?.id ?? null, chat?.id === chatId ? threadId : null);
  document.body.dataset.screen = chat ? "chat" : "list";
  byId("chat").hidden = !chat;
  byId("nothing").hidden = Boolean(chat) || store.chats.size > 0;
  if (!chat) return;
  drawHeader(store, chat, hooks);
  refreshCommands();
  composer.open(`${chat.id}/${threadId ?? ""}`);
  messages.open(chat.id, chat.id === chatId ? threadId : null);
  if (wide.matches && matchMedia("(hover: hover)").matches) composer.focus();
}

/** Which commands there are depends on the chat, on who writes in it, and on what they are there. */
let menu = 0;
async function refreshCommands() {
  const chatId = store.openChatId;
  if (!store.chats.has(chatId)) return;
  const asked = (menu += 1);
  const { commands } = await api.loadCommands(chatId, store.writer(chatId).id).catch(() => ({ commands: store.commands }));
  if (asked !== menu) return;
  store.setCommands(commands);
  composer.commandsChanged();
}

function drawTitle() {
  const unread = [...store.chats.values()].reduce((sum, chat) => sum + chat.unread, 0);
  document.title = unread ? `(${unread}) Imagine Sandbox` : "Imagine Sandbox";
}

/** What happened since the last drawing. Many events may come within one frame; they are drawn together. */
const news = { fresh: [], open: false, due: false };

function drawSoon() {
  if (news.due) return;
  news.due = true;
  // A hidden page has no frames, but its title still tells how much is unread.
  if (document.hidden) setTimeout(draw);
  else requestAnimationFrame(draw);
}

function draw() {
  const { fresh, open } = news;
  Object.assign(news, { fresh: [], open: false, due: false });
  drawChatList(store);
  drawTitle();
  if (!open || !openChat()) return;
  drawHeader(store, openChat(), hooks);
  const here = fresh.filter((message) => message.chat.id === store.openChatId);
  messages.draw(here);
  const asked = here.findLast((message) => forcedReply(message, store));
  if (asked && composer.empty) {
    composer.setReply(asked, asked.reply_markup.input_field_placeholder);
    composer.focus();
  }
}

store.addEventListener("chats", drawSoon);
store.addEventListener("chat", ({ detail: { chatId, fresh = [], edited, before, atOnce, writer } }) => {
  news.fresh.push(...fresh);
  news.open ||= chatId === store.openChatId;
  if (chatId === store.openChatId && edited?.photo && !before?.photo) announce(`${store.bot.first_name} sent a picture`);
  if (writer) refreshCommands();
  if (atOnce) draw();
  else drawSoon();
});

async function catchUp() {
  const state = await api.loadState();
  store.setState(state, wantedOwner);
  const load = async (chat) => {
    const { messages: list, reactions } = await api.loadMessages(chat.id);
    store.setMessages(chat.id, list, reactions);
  };
  await Promise.all([...store.chats.values()].map(load));
  if (store.openChatId === null || !openChat()) route();
  else refreshCommands();
}

const APPLY = {
  message: ({ message }) => store.addMessage(message),
  edit: ({ message }) => store.editMessage(message),
  delete: ({ chat_id: chatId, message_id: id }) => store.deleteMessage(chatId, id),
  action: ({ chat_id: chatId, action }) => store.setAction(chatId, action),
  reaction: ({ chat_id: chatId, message_id: id, reactions }) => store.setReactions(chatId, id, reactions ?? []),
  chat: () => api.loadState().then((state) => store.setState(state, wantedOwner), () => {}).then(refreshCommands),
  commands: refreshCommands,
};

function apply(event) {
  // A chat that was not there yet: the whole catching up, as after a lost connection, misses nothing.
  const unknown = event.chat_id && !store.chats.has(event.chat_id) && !store.people.has(event.chat_id);
  if (unknown) live.connect();
  else APPLY[event.type]?.(event);
}

addEventListener("hashchange", route);
wide.addEventListener("change", route);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) draw();
  else if (store.openChatId !== null) store.open(store.openChatId, store.openThreadId);
});
watchTheme();
watchMessages(byId("rows"), hooks);
watchDrops(byId("chat"), byId("drop-hint"), (files) => composer.attach(files));

const live = new Live({
  catchUp,
  apply,
  status: (connected) => {
    byId("offline").hidden = connected;
    if (connected) retryPictures();
  },
});
live.connect();
