"""For users' scripts: the options every one of them needs. No extra is needed for these."""

from .options import add_parser_options, client_from_args, setup_logging

__all__ = ["add_parser_options", "client_from_args", "setup_logging"]
