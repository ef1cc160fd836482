# exit: 1
# stderr: yes
"""The traceback of an exception leaving compiled code names the right lines."""
class Acc:
    def __init__(self): self.t = 0
    def add(self, v):
        self.t += 10 // v
        return self.t
def work(a, n):
    for i in range(n, -1, -1):
        (a.add(i)
         if i != 5 else
         a.add(i + 1))
def main():
    a = Acc()
    for _ in range(300):
        try:
            work(a, 20)
        except ZeroDivisionError:
            pass
    work(a, 20)
main()
