/** The bot's side, over HTTP. Addresses are relative, so that the bot may live under any path. */

const OPEN_MS = 20_000;
const SEND_MS = 120_000;

/** The bot understood and said no; the message is in the person's language. */
export class Refused extends Error {}

/** Nobody answered, or nobody sensible: trying again may help. */
export class Unreachable extends Error {}

async function post(address, body, patience, headers = {}) {
  let response;
  try {
    response = await fetch(address, { method: "POST", body, headers, signal: AbortSignal.timeout(patience) });
  } catch (cause) {
    throw new Unreachable(address, { cause });
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  if (response.status >= 400 && response.status < 500 && answer?.error) throw new Refused(String(answer.error));
  throw new Unreachable(`${address}: ${response.status}`);
}

/** The picture to paint on and every word of the page. */
export const open = ({ initData, target }) =>
  post("painter/open", JSON.stringify({ initData, target }), OPEN_MS, { "Content-Type": "application/json" });

export function sendMask({ initData, target }, prompt, mask) {
  const form = new FormData();
  form.append("initData", initData);
  form.append("target", target);
  form.append("prompt", prompt);
  form.append("mask", mask, "mask.png");
  return post("painter/mask", form, SEND_MS);
}
