"""Exporting buckets and collections to files, and importing them."""
