"""Draw the pictures of sample_images/ again: python tests/draw_samples.py."""

from __future__ import annotations

from pathlib import Path

from samples import SAMPLES, draw_all

__all__ = ["SAMPLES", "SAMPLE_IMAGES", "draw_all"]

SAMPLE_IMAGES = Path(__file__).resolve().parent.parent / "sample_images"

if __name__ == "__main__":
    draw_all(SAMPLE_IMAGES)
