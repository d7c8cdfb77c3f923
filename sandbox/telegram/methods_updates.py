"""The methods by which a bot receives its updates."""

import re
from typing import Any

from sandbox.telegram.addresses import is_secure
from sandbox.telegram.calls import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.webhook import Target, Webhook
from sandbox.telegram.world import World

DEFAULT_CONNECTIONS = 40
MOST_CONNECTIONS = 100
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


async def get_updates(world: World, call: Call) -> list[dict[str, Any]]:
    """Return pending updates by long polling."""
    return await world.updates.fetch(
        offset=call.get("offset", 0),
        limit=call.get("limit", 100),
        timeout=call.get("timeout", 0),
        allowed=call.get("allowed_updates"),
    )


async def set_webhook(world: World, call: Call) -> bool:
    """Set the webhook. Its URL is https; the sandbox also permits http on loopback addresses."""
    url = call.get("url", "")
    if not url:
        return await delete_webhook(world, call)
    if not is_secure(url):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.get("secret_token", "")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = min(call.get("max_connections") or DEFAULT_CONNECTIONS, MOST_CONNECTIONS)
    target = Target(url, secret, connections)
    webhook = Webhook(target, world.updates.delivered, world.faults, carry_out=world.carry_out)
    await world.updates.set_webhook(
        webhook, allowed=call.get("allowed_updates"), drop_pending=call.get("drop_pending_updates", False)
    )
    return True


async def delete_webhook(world: World, call: Call) -> bool:
    """Remove the webhook."""
    drop = call.get("drop_pending_updates", False)
    await world.updates.set_webhook(None, allowed=None, drop_pending=drop)
    return True


async def get_webhook_info(world: World, call: Call) -> dict[str, Any]:
    """Return the webhook's URL, its settings and its last error."""
    del call
    updates, webhook = world.updates, world.updates.webhook
    info: dict[str, Any] = {
        "url": webhook.target.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates.pending),
    }
    if webhook is not None:
        info["max_connections"] = webhook.target.max_connections
        info["ip_address"] = "127.0.0.1"
        if webhook.last_error is not None:
            info["last_error_date"], info["last_error_message"] = webhook.last_error
    if updates.allowed:
        info["allowed_updates"] = updates.allowed
    return info
