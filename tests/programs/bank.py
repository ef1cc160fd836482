"""A small program of the everyday kind: accounts, transactions, reports."""
from collections import defaultdict
class InsufficientFunds(Exception):
    def __init__(self, need, have):
        super().__init__(f"need {need}, have {have}")
        self.need, self.have = need, have
class Account:
    rate = 0
    def __init__(self, owner, balance=0): self.owner, self._balance, self.history = owner, balance, []
    @property
    def balance(self): return self._balance
    def deposit(self, amount):
        if amount <= 0: raise ValueError("amount must be positive")
        self._balance += amount; self.history.append(("deposit", amount))
    def withdraw(self, amount):
        if amount > self._balance: raise InsufficientFunds(amount, self._balance)
        self._balance -= amount; self.history.append(("withdraw", amount))
    def interest(self): return round(self._balance * self.rate / 100, 2)
    def __repr__(self): return f"{type(self).__name__}({self.owner!r}, {self._balance})"
class Savings(Account): rate = 3.5
class Checking(Account):
    def __init__(self, owner, balance=0, overdraft=100): super().__init__(owner, balance); self.overdraft = overdraft
    def withdraw(self, amount):
        if amount > self._balance + self.overdraft: raise InsufficientFunds(amount, self._balance + self.overdraft)
        self._balance -= amount; self.history.append(("withdraw", amount))
class Bank:
    def __init__(self): self.accounts, self.log = {}, []
    def open(self, kind, *a, **k): acc = kind(*a, **k); self.accounts[acc.owner] = acc; return acc
    def transfer(self, src, dst, amount):
        s, d = self.accounts[src], self.accounts[dst]
        try: s.withdraw(amount)
        except InsufficientFunds as e: self.log.append(f"refused {src}->{dst}: {e}"); return False
        try: d.deposit(amount)
        except ValueError: s.deposit(-amount); raise
        self.log.append(f"{src}->{dst} {amount}")
        return True
    def __iter__(self): return iter(sorted(self.accounts.values(), key=lambda a: (-a.balance, a.owner)))
bank = Bank()
bank.open(Savings, "ann", 1000); bank.open(Checking, "bob", 50, overdraft=200); bank.open(Account, "cy")
for args in (("ann", "bob", 300), ("bob", "cy", 500), ("cy", "ann", 1), ("bob", "cy", 549), ("ann", "cy", 700)): print(args, bank.transfer(*args))
for a in bank: print(f"{a.owner:<5}|{a.balance:>8.2f}|{a.interest():>6}|{len(a.history)}")
print("\n".join(bank.log))
try: bank.transfer("ann", "zed", 1)
except KeyError as e: print("unknown", e)
totals = defaultdict(int)
for a in bank:
    for kind, amount in a.history: totals[kind] += amount
print(dict(sorted(totals.items())), list(bank))
seed = 12345
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return seed % n
names = list(bank.accounts)
ok = sum(bank.transfer(names[rnd(3)], names[rnd(3)], rnd(200) + 1) for _ in range(3000))
print(ok, sum(a.balance for a in bank), len(bank.log), [a.balance for a in bank])
