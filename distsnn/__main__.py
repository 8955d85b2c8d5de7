"""``python -m distsnn``: the command `distsnn` of this Python, wherever its scripts are."""

from distsnn.cli import main

if __name__ == "__main__":
    main()
