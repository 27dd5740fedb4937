"""`python -m biaoti` is the command `biaoti`."""

from biaoti.cli import main

if __name__ == "__main__":
    main()
