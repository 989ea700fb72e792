"""Bring a collection to what a JSON file says. Made for cron: when nothing changed, nothing is written.

    python examples/publish.py -s https://kinto.example.com/v1 -a alice:s3cret -b shop -c prices prices.json

`--dry-run` tells what would be sent. It ends with an error, and writes nothing, when the file has lost more records
than `--max-deletes`.
"""

import json
from pathlib import Path

from kinto_sdk import BatchError, KintoError
from kinto_sdk.cli import add_parser_options, client_from_args, setup_logging

parser = add_parser_options(description="Bring a collection to what a JSON file says: a list of records with ids.")
parser.add_argument("file", type=Path)
parser.add_argument("--max-deletes", type=int, default=10)
args = parser.parse_args()
setup_logging(args)

try:
    with client_from_args(args) as client:
        # Reads what is there, and fails here for a file that can't be right.
        plan = client.bucket().collection().plan(json.loads(args.file.read_text()), delete=True)
        print(plan)
        # In batches; what somebody else changed since it was read is left alone, and is an error.
        print(plan.apply(max_deletes=args.max_deletes))
except BatchError as errors:
    raise SystemExit("\n".join(f"not published: {error}" for error in errors.exceptions)) from None
except (KintoError, OSError, json.JSONDecodeError) as error:
    raise SystemExit(f"not published: {error}") from None
