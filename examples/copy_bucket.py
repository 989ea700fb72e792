"""Copy a bucket to another server: show what would be written, ask, write it.

    python examples/copy_bucket.py -s https://staging.example.com -a alice -b blog --to https://kinto.example.com

Both servers get the credentials of `-a`; a password that is not given is asked for. It may be run again at any time,
and writes only what differs.
"""

from kinto_sdk.cli import add_parser_options, client_from_args, setup_logging

parser = add_parser_options(description="Copy a bucket to another server.", include_collection=False)
parser.add_argument("--to", metavar="URL", required=True, help="the server to copy to")
parser.add_argument("--mirror", action="store_true", help="delete what is only there")
parser.add_argument("--yes", action="store_true", help="do not ask")
args = parser.parse_args()
setup_logging(args)

with client_from_args(args) as here, client_from_args(args, server_url=args.to) as there:
    bucket = here.bucket()
    plan = bucket.copy_to(there.bucket(bucket.id), delete=args.mirror, attachments=True)
    print(plan)
    if plan and (args.yes or input("Write this? [y/N] ").lower() == "y"):
        print(
            plan.apply(on_progress=lambda done, total: print(f"\r{done} of {total}", end="\n" if done == total else ""))
        )
