"""The sessions that run flows over httpx, which is imported nowhere else."""
