"""How worker processes are started. Imports nothing heavy, so that it can begin before anything else does."""

import sys
import threading
from typing import TYPE_CHECKING

from upscli.interrupts import without_interrupts

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext

FORKS = sys.platform == "linux"
"""Elsewhere a fork is missing, or unsafe beside the system's own libraries."""


def may_fork() -> bool:
    """A fork has everything imported. Beside threads, it would keep locks that they hold."""
    return FORKS and threading.active_count() == 1


def context() -> "ForkContext | ForkServerContext | SpawnContext":
    """A fork if it may be, else a fork server, which has no threads and forks them, or a new process."""
    import multiprocessing as mp

    if may_fork():
        return mp.get_context("fork")
    if "forkserver" in mp.get_all_start_methods():
        server = mp.get_context("forkserver")
        server.set_forkserver_preload(["upscli.workers"])
        return server
    return mp.get_context("spawn")


def prepare() -> None:
    """Start the fork server, if the first workers will need it: it imports while this process imports and plans."""
    if context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        with without_interrupts():
            ensure_running()
