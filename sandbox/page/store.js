/**
 * What the page knows: chats, messages, reactions, and what is on its way out.
 *
 * Views read from it and listen for "chat" (something in one chat changed; `atOnce` when the reader did it and waits
 * to see it) and "chats" (the list itself changed).
 */

const ACTION_LASTS_MS = 5500;

export class Store extends EventTarget {
  bot = null;
  people = new Map();
  chats = new Map();
  commands = [];
  outgoing = [];
  openChatId = null;
  openThreadId = null;

  /** Whose telephone this is: the private chat shown is theirs. */
  ownerId = null;

  setState({ bot, people, chats }, wantedOwner) {
    this.bot = bot;
    this.people = new Map(people.map((person) => [person.id, person]));
    this.ownerId = this.people.has(wantedOwner) ? wantedOwner : people[0]?.id;
    const known = this.chats;
    this.chats = new Map();
    for (const chat of chats) {
      if (chat.type === "private" && chat.id !== this.ownerId) continue;
      this.chats.set(chat.id, { ...blankChat(), ...known.get(chat.id), ...chat });
    }
    this.#changed("chats");
    if (this.chats.has(this.openChatId)) this.#changed("chat", { chatId: this.openChatId });
  }

  setMessages(chatId, messages, reactions = {}) {
    const chat = this.chats.get(chatId);
    if (!chat) return;
    const fresh = chat.loaded ? messages.filter((message) => !chat.messages.has(message.message_id)) : [];
    chat.messages = new Map(messages.map((message) => [message.message_id, message]));
    chat.reactions = new Map(Object.entries(reactions).map(([id, emoji]) => [Number(id), emoji]));
    chat.loaded = true;
    fresh.forEach((message) => this.#count(chat, message));
    this.#changed("chat", { chatId, fresh });
  }

  addMessage(message) {
    const chat = this.chats.get(message.chat.id);
    if (!chat) return;
    const isNew = !chat.messages.has(message.message_id);
    this.#hideEcho(message);
    chat.messages.set(message.message_id, message);
    if (isNew && message.from?.id === this.bot.id) this.#endAction(chat);
    if (isNew) this.#count(chat, message);
    this.#changed("chat", { chatId: chat.id, fresh: isNew ? [message] : [] });
  }

  editMessage(message) {
    const chat = this.chats.get(message.chat.id);
    if (!chat) return;
    const before = chat.messages.get(message.message_id);
    chat.messages.set(message.message_id, message);
    if (message.photo && !before?.photo) this.#endAction(chat);
    this.#changed("chat", { chatId: chat.id, edited: message, before });
  }

  deleteMessage(chatId, messageId) {
    const chat = this.chats.get(chatId);
    if (chat?.messages.delete(messageId)) this.#changed("chat", { chatId });
  }

  setReactions(chatId, messageId, emoji) {
    const chat = this.chats.get(chatId);
    if (!chat) return;
    if (emoji.length) chat.reactions.set(messageId, emoji);
    else chat.reactions.delete(messageId);
    this.#changed("chat", { chatId });
  }

  setAction(chatId, action) {
    const chat = this.chats.get(chatId);
    if (!chat) return;
    clearTimeout(chat.actionTimer);
    chat.action = action;
    chat.actionTimer = setTimeout(() => {
      this.#endAction(chat);
      this.#changed("chat", { chatId });
    }, ACTION_LASTS_MS);
    this.#changed("chat", { chatId });
  }

  /** The commands of the chat that is open, for whoever writes in it. */
  setCommands(commands) {
    this.commands = commands;
  }

  setWriter(chatId, personId) {
    this.chats.get(chatId).writerId = personId;
    this.#changed("chat", { chatId, atOnce: true, writer: true });
  }

  /** Who writes in this chat now: its owner in private, whoever the switch says in a group. */
  writer(chatId) {
    const chat = this.chats.get(chatId);
    if (chat.type === "private") return this.people.get(chat.id);
    const members = this.members(chat);
    return members.find((person) => person.id === chat.writerId) ?? members[0];
  }

  /** What somebody is in a chat, in a word, if it is more than a member. */
  role(chatId, personId) {
    const status = this.chats.get(chatId)?.roles?.[personId];
    return { creator: "owner", administrator: "admin" }[status] ?? null;
  }

  /** Whether a message was written by this person, also where the group's name stands over it. */
  wrote(person, message) {
    if (message.from?.id === person.id) return true;
    const hidden = this.chats.get(message.chat.id)?.anonymous?.includes(person.id);
    return Boolean(hidden && message.sender_chat?.id === message.chat.id);
  }

  /** The people (not the bot) in a chat. */
  members(chat) {
    return (chat.members ?? []).map((id) => this.people.get(id)).filter(Boolean);
  }

  open(chatId, threadId = null) {
    this.openChatId = chatId;
    this.openThreadId = threadId;
    const chat = this.chats.get(chatId);
    if (chat) chat.unread = 0;
    chat?.unreadTopics.delete(threadId);
    this.#changed("chats");
  }

  setOutgoing(outgoing, chatId) {
    this.outgoing = outgoing;
    this.#changed("chat", { chatId, atOnce: true });
  }

  messages(chatId) {
    const shown = [...(this.chats.get(chatId)?.messages.values() ?? [])].filter((message) => this.sees(message));
    return shown.sort((a, b) => a.message_id - b.message_id);
  }

  /** Whether whoever writes in its chat sees a message: one to a person alone is not shown to the others. */
  sees({ chat, receiver_user: only }) {
    return !only || only.id === this.writer(chat.id)?.id;
  }

  /** The last thing said in a chat; that a topic was opened is none. */
  last(chatId) {
    return this.messages(chatId).findLast((message) => !message.forum_topic_created);
  }

  /** The event often outruns the answer to the sending: then the bubble "on its way" makes room. */
  #hideEcho(message) {
    const mine = (out) =>
      out.chatId === message.chat.id && this.people.has(out.personId) && this.wrote(this.people.get(out.personId), message);
    const echoed = this.outgoing.find((out) => out.state === "sending" && mine(out));
    if (echoed) echoed.state = "arrived";
  }

  #count(chat, message) {
    const seen = chat.id === this.openChatId && document.visibilityState === "visible";
    if (message.from?.id !== this.bot.id || !this.sees(message)) return;
    if (!seen) chat.unread += 1;
    const thread = message.is_topic_message ? message.message_thread_id : null;
    if (!seen || thread !== this.openThreadId) chat.unreadTopics.add(thread);
  }

  #endAction(chat) {
    clearTimeout(chat.actionTimer);
    chat.action = null;
  }

  #changed(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const blankChat = () => ({
  messages: new Map(),
  reactions: new Map(),
  unread: 0,
  unreadTopics: new Set(),
  action: null,
  loaded: false,
});
