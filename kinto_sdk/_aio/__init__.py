"""The objects a user holds, in the async colour. The sync one is generated from this folder."""
