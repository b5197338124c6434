"""`python -m trunkline` is the command `trunkline`."""

from trunkline.app.command import main

if __name__ == "__main__":
    main()
