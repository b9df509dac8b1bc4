"""Files for a while: without a name, in memory where the system has such."""

import os
from typing import IO


def scratch() -> IO[bytes]:
    """An empty file, to write and to read, that is gone when it is closed."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("upscli"), "w+b")
    import tempfile  # costs start-up

    return tempfile.TemporaryFile()
