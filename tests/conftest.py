"""Settings of all tests. Being here also puts this folder on the path: `from compare import assert_close`."""

from hypothesis import settings

# The machines that run tests are shared: time is no property of an example there.
settings.register_profile("upscli", deadline=None, derandomize=True)
settings.load_profile("upscli")
