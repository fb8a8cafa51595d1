"""``python -m deploy``: the command line."""

from deploy.commands import main

main()
