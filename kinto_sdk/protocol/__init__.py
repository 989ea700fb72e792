"""The language of the server as pure values: requests, responses, paths, errors. No I/O."""
