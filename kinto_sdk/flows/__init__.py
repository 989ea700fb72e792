"""What each operation asks of the server and makes of the answers, as generators without I/O."""
