"""`python -m setpoint`: the command line."""

from setpoint.site.cli import main

if __name__ == "__main__":
    main()
