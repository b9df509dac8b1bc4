"""A plugin whose entry points lead to no method, to one of another name, and nowhere."""

from upscli import Method

NUMBER = 7
NAMED = Method(name="original", summary="Another name", family="plugin", function=print, source="a test of upscli")
