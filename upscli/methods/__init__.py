"""The built-in methods: one file for each family, a record for each method."""
