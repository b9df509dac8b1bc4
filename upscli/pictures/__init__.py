"""Files <-> pixels. The only package that knows Pillow."""
