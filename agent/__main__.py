"""`python -m agent`: the installed command by another name."""

from agent.tasks import main

main()
