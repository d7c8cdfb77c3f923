"""The services and stores that handlers use."""

from dataclasses import dataclass

from core.ports.clock import Clock
from core.ports.files import BlobStore, ImageProcessor
from core.ports.jobs import Jobs
from core.ports.repositories import Albums, Chats, Groups, Ledger, PreferencesStore, Results
from core.ports.telegram import Messenger
from core.services.access import Access
from core.services.keyboards import Keyboards
from core.services.mask_drafts import Masking
from core.services.orders import OrderService
from core.services.permissions import PermissionService
from core.services.placeholder import Placeholder
from core.services.questions import QuestionService
from handlers.replies import Replies


@dataclass(frozen=True, slots=True)
class Services:
    """The services, ports and adapters that handlers use."""

    orders: OrderService
    questions: QuestionService
    permissions: PermissionService
    replies: Replies
    mask_drafts: Masking
    placeholder: Placeholder
    keyboards: Keyboards
    access: Access
    messenger: Messenger
    image_processor: ImageProcessor
    blob_store: BlobStore
    jobs: Jobs
    results: Results
    albums: Albums
    chats: Chats
    groups: Groups
    ledger: Ledger
    preferences: PreferencesStore
    clock: Clock
