"""A discrete event simulation: a bank with tellers, queues, an event heap, statistics; events of several classes."""
import heapq
from collections import Counter, deque


class Random:
    """A linear congruential generator, so that every Python draws the same numbers."""
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def choice(self, items):
        return items[self.below(len(items))]


class Event:
    __slots__ = ("time", "serial", "customer")
    made = 0

    def __init__(self, time, customer):
        self.time = time
        Event.made += 1
        self.serial = Event.made
        self.customer = customer

    def __lt__(self, other):
        return (self.time, self.serial) < (other.time, other.serial)

    def happen(self, world):
        raise NotImplementedError


class Arrival(Event):
    __slots__ = ()

    def happen(self, world):
        world.enter(self.customer)


class Departure(Event):
    __slots__ = ("teller",)

    def __init__(self, time, customer, teller):
        super().__init__(time, customer)
        self.teller = teller

    def happen(self, world):
        world.leave(self.customer, self.teller)


class Impatience(Event):
    __slots__ = ()

    def happen(self, world):
        world.give_up(self.customer)


class Customer:
    def __init__(self, number, kind, arrived):
        self.number, self.kind, self.arrived = number, kind, arrived
        self.served_at = None
        self.gone = False

    def __repr__(self):
        return f"<{self.kind} {self.number}>"


class Closed(Exception):
    pass


class World:
    service = {"cash": (3, 9), "loan": (20, 45), "question": (1, 4)}

    def __init__(self, tellers, seed, until):
        self.random = Random(seed)
        self.now = 0
        self.until = until
        self.queue = deque()
        self.free = list(range(tellers))
        self.events = []
        self.log = Counter()
        self.waits = []
        self.busy = [0] * tellers
        self.longest = 0
        number = 0
        time = 0
        while True:
            time += 1 + self.random.below(7)
            if time > until:
                break
            number += 1
            customer = Customer(number, self.random.choice(("cash", "cash", "loan", "question")), time)
            self.at(Arrival(time, customer))

    def at(self, event):
        heapq.heappush(self.events, event)

    def enter(self, customer):
        if self.now > self.until:
            raise Closed(customer)
        self.log["entered", customer.kind] += 1
        self.queue.append(customer)
        self.longest = max(self.longest, len(self.queue))
        self.at(Impatience(self.now + 15 + self.random.below(30), customer))
        self.serve()

    def serve(self):
        while self.queue and self.free:
            customer = self.queue.popleft()
            if customer.gone:
                continue
            teller = self.free.pop()
            low, high = self.service[customer.kind]
            duration = low + self.random.below(high - low + 1)
            customer.served_at = self.now
            self.waits.append(self.now - customer.arrived)
            self.busy[teller] += duration
            self.at(Departure(self.now + duration, customer, teller))

    def leave(self, customer, teller):
        self.log["served", customer.kind] += 1
        customer.gone = True
        self.free.append(teller)
        self.serve()

    def give_up(self, customer):
        if customer.served_at is None and not customer.gone:
            customer.gone = True
            self.log["gave up", customer.kind] += 1

    def run(self):
        steps = 0
        while self.events:
            event = heapq.heappop(self.events)
            assert event.time >= self.now
            self.now = event.time
            try:
                event.happen(self)
            except Closed as closed:
                self.log["turned away"] += 1
            steps += 1
        return steps


for tellers in (1, 2, 4, 6):
    world = World(tellers, seed=tellers * 17, until=2000)
    steps = world.run()
    entered = sum(n for key, n in world.log.items() if key[0] == "entered")
    print(f"{tellers} tellers: {steps} events, {entered} customers, longest queue {world.longest}")
    for what in ("served", "gave up"):
        print("   ", what, {kind: world.log[what, kind] for kind in sorted(World.service)})
    mean = sum(world.waits) / len(world.waits)
    print(f"    mean wait {mean:.3f}, longest {max(world.waits)}, busy {[round(b / world.now, 3) for b in world.busy]}")
try:
    Event(1, None).happen(None)
except NotImplementedError as e:
    print("abstract", e.args)
