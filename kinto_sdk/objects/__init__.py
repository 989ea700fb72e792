"""What objects remember: documents, changes, permissions, models, queries. No I/O."""
