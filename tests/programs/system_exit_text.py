# exit: 1
# stderr: yes
"""SystemExit with a text prints it and exits with 1."""
raise SystemExit("fatal: it is over")
