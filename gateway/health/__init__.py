"""Whether this process lives and whether it is ready for work; open to everybody who can reach the port."""
