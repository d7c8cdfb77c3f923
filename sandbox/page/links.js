/** Telegram's own addresses, as far as they lead to the bot of this sandbox. Pure. */

/** → {app, param} for a Mini App of the bot, {start} for a deep link into its private chat, or null. */
export function botLink(href, username) {
  const [, bot, app, query = ""] = /^https:\/\/t\.me\/(\w+)(?:\/(\w+))?(?:\?(.*))?$/.exec(href ?? "") ?? [];
  if (!bot || bot.toLowerCase() !== username?.toLowerCase()) return null;
  const asked = new URLSearchParams(query);
  if (app) return { app, param: asked.get("startapp") };
  return { start: asked.get("start") ?? "" };
}
