# exit: 1
# stderr: yes
"""A syntax error in the script."""
def f(x):
    return x +* 2
