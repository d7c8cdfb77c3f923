"""Random JSON, and records that use the image API's field names in wrong places."""

from hypothesis import strategies as st

URL = "https://pictures.example/1.png"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
FIELDS = (
    "taskId", "successFlag", "status", "progress", "response", "resultUrls", "result_urls", "errorCode",
    "errorMessage", "downloadUrl", "code", "msg", "data",
)  # fmt: skip
RECORDS = st.dictionaries(
    st.sampled_from(FIELDS),
    JSON | st.dictionaries(st.sampled_from(FIELDS), JSON | st.lists(st.just(URL), max_size=20)) | st.just("[" * 9999),
)
