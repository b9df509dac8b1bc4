"""How worker processes are started. Imports nothing heavy, so that it can begin before anything else does."""

import multiprocessing as mp
from multiprocessing.context import ForkServerContext, SpawnContext

from upscli.interrupts import without_interrupts


def context() -> ForkServerContext | SpawnContext:
    """A fork server forks workers that have everything imported, and is itself small and without threads."""
    if "forkserver" in mp.get_all_start_methods():
        return mp.get_context("forkserver")
    return mp.get_context("spawn")


def prepare() -> None:
    """Start what starts workers, in the background: it imports while this process imports and plans."""
    found = context()
    if isinstance(found, ForkServerContext):
        from multiprocessing.forkserver import ensure_running

        found.set_forkserver_preload(["upscli.workers"])
        with without_interrupts():
            ensure_running()
