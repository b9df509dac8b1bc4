"""The worked examples behind `upscli explain`: data, computed by the kernels. `cli` draws it."""
