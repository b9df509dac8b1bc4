"""Arithmetic: arrays in, arrays out. No files, no clock, no state but memoized weights."""
