"""The times that the bot waits and the numbers of its attempts, in one place.

The defaults apply in operation. Tests pass shorter ones to `bot.app.running`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Intervals:
    """The seconds between two runs of each regular task."""

    queue_notices_s: float = 10.0
    outdated_placeholders_s: float = 5.0
    uncertain_notices_s: float = 5.0
    submission_sweep_s: float = 30.0
    circuit_breaker_s: float = 60.0
    telegram_webhook_s: float = 60.0
    balance_monitor_s: float = 600.0
    broadcast_progress_s: float = 3.0
    housekeeping_s: float = 3600.0
    statistics_s: float = 3600.0
    catalog_s: float = 900.0
    database_checkpoint_s: float = 2.0


@dataclass(frozen=True)
class Timing:
    """Waits, pauses and numbers of attempts. A name that ends in `_s` is in seconds, in `_ms` in milliseconds."""

    intervals: Intervals = Intervals()

    grace_s: float = 6.0
    """How long a stop waits for work that is in progress, such as a message that is being sent."""
    cool_down_s: float = 5.0
    """The pause of a worker, or of an item, after an unexpected failure."""

    generate_window_s: float = 10.5
    """The seconds in which there may be IMAGE_API_CALLS_PER_10S calls; the half second more covers delays."""
    first_wait_ms: int = 2_000
    """The unit of the wait after a failed attempt for a job, see `backoff_ms`."""
    longest_wait_ms: int = 60_000
    """The longest wait between two attempts for a job."""
    source_fetches: int = 7
    """The tries for a file that Telegram can't provide yet: about three minutes, with the waits between them."""
    queue_shown_after_ms: int = 5_000
    """A job that waits for longer shows its place in the queue."""

    gather_patience_ms: int = 90_000
    """How long an order waits for its other pictures after the first one."""

    quick_ms: int = 10_000
    """An outcome that comes within this time after the placeholder may take its place without a sound."""

    overdue_poll_ms: int = 300_000
    """The wait between two polls of an overdue job."""

    result_attempts: int = 12
    """The attempts to fetch a result until others are shown without it: about ten minutes, with the waits."""
    result_rarely_ms: int = 300_000
    """The wait between two later attempts."""
    result_patience: int = 300
    """The attempts to fetch results if none has arrived; those after `result_attempts` take about a day."""
    refusal_first_wait_ms: int = 2_000
    """The unit of the wait after Telegram refused an outcome in every form; it doubles with each attempt."""
    refusal_longest_wait_ms: int = 3_600_000
    """The longest wait after such a refusal."""
    refusals: int = 34
    """The attempts until such an outcome is abandoned: about a day, with the waits between them."""

    album_quiet_ms: int = 1_200
    """An album is complete after this time without a new piece. Pieces come in separate updates, but much faster."""
    album_again_ms: int = 5_000
    """The wait after each of the first 12 failed tries to handle an album."""
    album_rarely_ms: int = 64_000
    """The wait after each later one."""
    album_fetches: int = 12
    """The tries for a file of an album that Telegram can't deliver yet."""
    album_tries: int = 340
    """The tries to handle an album. They take about six hours, in which an answer is of use."""
    album_apology_tries: int = 2030
    """The tries to tell that an album was abandoned. They take about 36 hours, in which an apology is of use."""

    update_longest_wait_ms: int = 64_000
    """The longest wait between two tries to handle an update."""
    update_fetches: int = 5
    """The tries for a file that Telegram can't deliver yet while an update is handled.

    They take half a minute, in which the requester's next updates wait.
    """
    message_of_use_ms: int = 6 * 3_600_000
    """For this long an answer to a message is of use, so the bot tries again until then."""
    press_of_use_ms: int = 3_600_000
    """For this long an answer to a button press is of use."""
    apology_of_use_ms: int = 36 * 3_600_000
    """For this long it is of use to tell the requester that the bot gave up."""

    broadcast_outage_s: float = 5.0
    """The pause of a broadcast after Telegram could not be reached."""
    housekeeping_rest_s: int = 86_400
    """How long nothing is deleted if the clock may be wrong, so that the operator gets time to see it."""

    http_head_s: float = 10.0
    """The limit for the head of a request, from the connection's start or from the first byte after a rest."""
    http_body_s: float = 10.0
    """The limit for the body of a request."""
    http_form_s: float = 60.0
    """The limit for the body on the one route that takes a picture, from a phone."""
    http_whole_s: float = 180.0
    """The limit for a request and its answer, which may be a picture that is read slowly."""
    http_rest_s: float = 75.0
    """The limit for the rest between two requests of a connection. Proxies keep theirs open for about a minute."""
    readiness_fresh_s: float = 10.0
    """How long an answer of the readiness probes is reused."""
    picture_link_s: int = 600
    """How long a link to a picture in the mask painter works."""

    def backoff_ms(self, attempts: int) -> int:
        """Return the wait in milliseconds after `attempts` attempts for a job: 2, 4, 8 … seconds, at most a minute."""
        return int(min(self.first_wait_ms * 2 ** min(attempts, 10), self.longest_wait_ms))
