"""``python -m distsnn``: the command `distsnn` of this Python, wherever its scripts are."""

from __future__ import annotations

from distsnn.cli import main

if __name__ == "__main__":
    main()
