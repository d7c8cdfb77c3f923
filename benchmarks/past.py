"""Generate a past: a year of orders with all related rows, written straight into a migrated database."""

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

YEAR_MS = 365 * 86_400_000
REPLAYS_MS = 2 * 86_400_000  # the time for which update ids are kept
BATCH = 20_000
PEOPLE_SHARE, GROUP_SHARE = 12, 80  # orders per person, and orders per group
_WORDS = "a red fox in the snow, seen from far above, in the light of the evening, as an old print"

Values = tuple[str | int | None, ...]


def sha256_of(number: int, position: int) -> str:
    """Return the name of an order's picture."""
    return hashlib.sha256(f"{number} {position}".encode()).hexdigest()


def fill(path: Path, orders: int, now_ms: int, age_ms: int = YEAR_MS, under_way: int = 0) -> None:
    """Write `orders` that ended within the last `age_ms`, evenly spread, for many people and chats.

    In addition, `under_way` orders are in each of the states that an order passes through.

    Every third order is an edit of an earlier result, and one in twenty failed or was canceled. Each has its picture
    (one in eight has two) and the messages that show it; the latest orders also have their updates. Everyone got a
    broadcast.
    """
    chance = random.Random(orders)  # noqa: S311 - made-up data, not secrets
    people, groups = max(1, orders // PEOPLE_SHARE), max(1, orders // GROUP_SHARE)
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    first = now_ms - age_ms
    chats: list[Values] = [(person, "private", first, None) for person in range(1, people + 1)]
    chats += [(-group, "supergroup", first, None if group % 20 else now_ms) for group in range(1, groups + 1)]
    _write(connection, "chats", "chat_id, kind, seen_at, gone_at", chats)
    _write(connection, "access", "id, banned_at", ((person, now_ms) for person in range(2, people, 500)))
    _write(connection, "groups", "chat_id", ((-group,) for group in range(1, groups + 1)))
    _orders(connection, chance, orders, people, groups, now_ms, age_ms)
    _under_way(connection, under_way, now_ms)
    uploads = ((f"u{n}", "https://x.example/1.png", 1024, 1024, now_ms - n * 1000) for n in range(orders // 50))
    _write(connection, "uploads", "unique_id, url, width, height, uploaded_at", uploads)
    _write(
        connection,
        "broadcasts",
        "id, origin, chat_id, language, words, state, message_id, created_at, told_at",
        [("b" * 12, "message:9:1", 9, "en", "Hello", "done", 1, now_ms - 1000, now_ms)] if orders else [],
    )
    sent = (("b" * 12, chat_id, "sent") for chat_id, *_ in chats)
    _write(connection, "recipients", "broadcast_id, chat_id, fate", sent if orders else [])
    connection.execute("COMMIT")
    connection.close()


def _orders(
    connection: sqlite3.Connection,
    chance: random.Random,
    orders: int,
    people: int,
    groups: int,
    now_ms: int,
    age_ms: int,
) -> None:
    for start in range(0, orders, BATCH):
        jobs: list[Values] = []
        pictures: list[Values] = []
        shown: list[Values] = []
        inbox: list[Values] = []
        for number in range(start, min(start + BATCH, orders)):
            job_id = f"{number:012x}"
            at = now_ms - age_ms + int((number + 0.5) / orders * age_ms)
            person = 1 + int(people * chance.random() ** 2)  # some people order far more than others
            chat_id = person if chance.random() < 0.7 else -(1 + int(groups * chance.random() ** 2))
            failed, count = number % 20 == 0, 2 if number % 8 == 0 else 1
            request: dict[str, object] = {"prompt": f"{_WORDS} {number}", "variants": count}
            if number % 3 == 0 and number > 2:
                held = {"sha256": sha256_of(number - 1, 0), "format": "PNG", "width": 1024, "height": 1024}
                source = {"unique_id": f"s{number}", "file_id": None, "size": None, "held": {**held, "size": 900_000}}
                request["pictures"] = [source]
            state = ("cancelled" if number % 40 else "delivered") if failed else "delivered"
            failure = "timed_out" if failed and state == "delivered" else None
            urls = None if failed else json.dumps([f"https://x.example/{job_id}/{n}.png" for n in range(count)])
            extra = 6 if number % 10 == 1 else 0
            where = (job_id, f"past:{number}", chat_id, number % 100_000, "en", person)
            when = (at, at, at, at, f"t{number}", at + 60_000, at + 60_000)
            money = (number % 100_000 + 1, 6, 0 if failed else 6 * count, 0 if failed else extra)
            jobs.append((*where, json.dumps(request), state, *when, failure, urls, *money))
            for position in range(0 if failed else count):
                sha256, message_id = sha256_of(number, position), number * 4 + position + 2
                pictures.append((job_id, position, sha256, "PNG", 1024, 1024, 900_000, message_id, f"f{number}"))
                shown.append((chat_id, message_id, job_id, position))
            if at > now_ms - REPLAYS_MS:
                inbox.append((-number - 1, chat_id, "", at, at, 1, at + 100))
        _write(
            connection,
            "jobs",
            "id, origin, chat_id, reply_to, language, asked_by, request, state, created_at, ordered_at, due_at, "
            "submitted_at, task_id, settled_at, delivered_at, failure, result_urls, placeholder_id, price, spent, "
            "person_extra",
            jobs,
        )
        columns = "job_id, position, sha256, format, width, height, size, message_id, file_id"
        _write(connection, "pictures", columns, pictures)
        _write(connection, "shown", "chat_id, message_id, job_id, position", shown)
        columns = "update_id, chat_id, payload, received_at, due_at, attempts, done_at"
        _write(connection, "inbox", columns, inbox)


def _under_way(connection: sqlite3.Connection, count: int, now_ms: int) -> None:
    states = ("queued", "submitting", "uncertain", "generating")
    columns = "id, origin, chat_id, language, asked_by, request, state, created_at, ordered_at, due_at, task_id"
    rows = [
        (f"{state} {n}", f"{state} {n}", n + 1, "en", n + 1, "{}", state, now_ms, now_ms, now_ms + YEAR_MS, f"t{n}")
        for state in states
        for n in range(count)
    ]
    _write(connection, "jobs", columns, rows)


def _write(connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[Values]) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    for batch in _batches(rows):
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch)  # noqa: S608 - our own names


def _batches(rows: Iterable[Values]) -> Iterator[list[Values]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
