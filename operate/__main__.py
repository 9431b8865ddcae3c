"""`python -m operate`: the operator's command line."""

from operate.command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
